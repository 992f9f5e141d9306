/** One line of the API server's audit log, as far as the checks read it. */

export interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
    readonly subresource?: string;
  };
  readonly responseStatus?: { readonly code?: number; readonly message?: string };
  readonly requestObject?: unknown;
  /** RFC 3339, microseconds. */
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Whose requests are judged: every account of the operator's namespace. */
export const operatorNamespace = 'container-os-operator';
export const tasksNamespace = 'containeros-tasks';
/** Where hooks run in labs. */
export const hooksNamespace = 'os-hooks';
const accounts = `system:serviceaccount:${operatorNamespace}:`;

export function isOurs(event: AuditEvent): boolean {
  return event.user.username.startsWith(accounts);
}

export function succeeded(event: AuditEvent): boolean {
  const code = event.responseStatus?.code ?? 0;
  return code >= 200 && code < 300;
}

/** `delete pods/web-1 in shop`, for sentences. */
export function describeRequest({ verb, objectRef, requestURI }: AuditEvent): string {
  if (objectRef?.resource === undefined) return `${verb} ${requestURI}`;
  const { resource, subresource, name, namespace } = objectRef;
  const what = [resource, ...(subresource === undefined ? [] : [subresource])].join('/');
  return `${verb} ${what}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

/** A member of an object of which nothing is known. */
export function member(value: unknown, ...path: readonly string[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, key)?.value;
  }
  return at;
}
