/** Does something to an operator at one exact point of its work. */
import type { Call, Verdict } from './fault-proxy.ts';
import type { OperatorProcess } from './operator-process.ts';
import type { Seen, StepNumber, StepReader } from './rollout-steps.ts';

export interface Point {
  readonly step: StepNumber;
  /** Before: what it asks for has not reached the server. After: it is done, and the operator does not know. */
  readonly side: 'Before' | 'After';
  /** Nodes whose step it is not. */
  readonly spare: readonly string[];
}

export interface Blow {
  readonly act: () => Promise<void>;
  /** What becomes then of the piece that was held; `Cut` unless told. */
  readonly verdict?: () => Promise<Verdict> | Verdict;
  /** `Cut` (default): from the blow on nothing else passes between the operator and the server. */
  readonly others?: Verdict;
}

export interface Struck {
  /** The node whose step it was. */
  readonly node: string;
  /** What was held, or the watch that told. */
  readonly call: Call;
}

/** What an operator needs to make of an event that was let through, in milliseconds. */
const digestMs = 150;

/** Resolves when the blow has been dealt. Until then what it strikes is held. */
export function strike(
  { proxy }: OperatorProcess,
  reader: StepReader,
  point: Point,
  blow: Blow,
): Promise<Struck> {
  const { promise, resolve, reject } = Promise.withResolvers<Struck>();
  const before = point.side === 'Before';
  let struck: Promise<void> | undefined;
  const hit = (seen: readonly Seen[]): string | undefined =>
    struck === undefined
      ? seen.find(({ step, node }) => step === point.step && !point.spare.includes(node))?.node
      : undefined;
  const deal = async (node: string, call: Call): Promise<Verdict> => {
    struck = blow.act();
    try {
      await struck;
      resolve({ node, call });
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
    return (await blow.verdict?.()) ?? 'Cut';
  };
  const other = async (): Promise<Verdict> => {
    if (struck === undefined || blow.others === 'Pass') return 'Pass';
    await struck;
    return 'Cut';
  };
  proxy.use({
    request: (call) => {
      const node = hit(before ? reader.asks(call) : []);
      return node === undefined ? other() : deal(node, call);
    },
    answer: (call) => {
      const node = hit(!before && succeeded(call) ? reader.asks(call) : []);
      return node === undefined ? other() : deal(node, call);
    },
    event: (call, event) => {
      const node = hit(reader.tells(event));
      if (node === undefined) return other();
      if (before) return deal(node, call);
      const digested = Promise.withResolvers<void>();
      struck = digested.promise;
      setTimeout(() => void deal(node, call).then(() => digested.resolve()), digestMs);
      return 'Pass';
    },
  });
  return promise;
}

const succeeded = ({ status }: Call): boolean => status !== undefined && status < 300;
