/** The evictions that the operator asked for, as the API server wrote them down. */
import { readFileSync } from 'node:fs';

export interface Eviction {
  readonly pod: string;
  /** The UID that it was meant for. */
  readonly uid: string | undefined;
  /** The HTTP status that it was answered with. */
  readonly code: number;
  /** When it was asked for, in milliseconds since the epoch. */
  readonly at: number;
}

interface AuditLine {
  readonly requestReceivedTimestamp: string;
  readonly user: { readonly username: string };
  readonly objectRef: { readonly namespace: string; readonly name: string };
  readonly requestObject?: {
    readonly deleteOptions?: { readonly preconditions?: { readonly uid?: string } };
  };
  readonly responseStatus: { readonly code: number };
}

/** Those of Pods of the namespace whose names begin so, oldest first. */
export function evictionsOf(auditLog: string, namespace: string, prefix: string): readonly Eviction[] {
  return readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter(
      (line) => line.includes('"subresource":"eviction"') && line.includes(`"namespace":"${namespace}"`),
    )
    .map((line): AuditLine => JSON.parse(line))
    .filter(({ objectRef, user }) => isOperator(user.username) && objectRef.name.startsWith(prefix))
    .map(({ objectRef, requestObject, responseStatus, requestReceivedTimestamp }) => ({
      pod: objectRef.name,
      uid: requestObject?.deleteOptions?.preconditions?.uid,
      code: responseStatus.code,
      at: Date.parse(requestReceivedTimestamp),
    }))
    .toSorted((a, b) => a.at - b.at);
}

const isOperator = (user: string): boolean =>
  user === 'system:serviceaccount:container-os-operator:container-os-operator';
