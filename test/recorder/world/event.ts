/** What the recorder writes down, one JSON line each. */
import type { AuditEvent } from './audit.ts';
import type { Objects, Resource } from './objects.ts';

/** One revision of one object, as a watch showed it. */
export type ObjectEvent = {
  readonly [R in Resource]: {
    readonly kind: 'Object';
    readonly resource: R;
    /** etcd's revision: one order over all objects. */
    readonly revision: number;
    /** When the recorder saw it, milliseconds since the epoch. */
    readonly at: number;
    /** It was there before the recording began, so that nothing is known of what it was before. */
    readonly old: boolean;
    readonly deleted: boolean;
    readonly object: Objects[R];
  };
}[Resource];

export interface AuditLine {
  readonly kind: 'Audit';
  readonly event: AuditEvent;
}

/** A reboot call that a host accepted. */
export interface RebootCall {
  readonly node: string;
  /** RFC 3339, the host's clock. */
  readonly at: string;
  readonly bootID: string;
}

export type RecordedEvent = ObjectEvent | AuditLine;
