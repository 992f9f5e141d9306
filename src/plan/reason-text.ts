/** What people should know of a reason. docs/hosts.md is made of these: code that gives a reason without one does not compile. */
export interface ReasonText {
  /** How the sentences beside it begin; `…` stands for what differs each time. */
  readonly says: readonly [string, ...string[]];
  readonly means: string;
  /** What a person should do; that may be nothing. */
  readonly todo: string;
}

export type ReasonTexts = Readonly<Record<string, ReasonText>>;
