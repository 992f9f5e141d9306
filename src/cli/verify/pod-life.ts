/** How a Pod lives, as lines for people: each change of its phase, of why it waits, of how its container ended, and each event. */
import type { RawPod } from '../../adapters/kubernetes/facts/pod.ts';
import { cleanText } from '../../adapters/kubernetes/facts/text.ts';
import type { RawObject } from '../../adapters/kubernetes/raw.ts';

export interface RawEvent extends RawObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
}

const longest = 600;

export interface PodLife {
  /** What is new since the last call. */
  readonly pod: (pod: RawPod) => readonly string[];
  readonly events: (events: readonly RawEvent[]) => readonly string[];
}

export function podLife(): PodLife {
  let last = '';
  const seen = new Map<string, number>();
  return {
    pod: (pod) => {
      const now = stateOf(pod);
      if (now === last) return [];
      last = now;
      return [now];
    },
    events: (events) =>
      events.flatMap((event) => {
        const { uid = '' } = event.metadata ?? {};
        const { type = '', reason = '', message = '', count = 1 } = event;
        if (seen.get(uid) === count) return [];
        seen.set(uid, count);
        const again = count > 1 ? ` (${String(count)} times)` : '';
        const warning = type === 'Normal' ? '' : `${type} `;
        return [`event ${warning}${reason}${again}: ${cleanText(message, longest)}`];
      }),
  };
}

/** Its termination message is left out: what it says is told as the answer. */
function stateOf({ metadata = {}, status = {} }: RawPod): string {
  const { phase = 'no phase yet', reason, message, containerStatuses = [] } = status;
  const { waiting, running, terminated } = containerStatuses[0]?.state ?? {};
  const parts = [
    phase,
    reason && `${reason}: ${cleanText(message, longest)}`,
    waiting &&
      `the container waits: ${[waiting.reason, cleanText(waiting.message, longest)].filter(Boolean).join(': ')}`,
    running && 'the container runs',
    terminated &&
      `the container ended: ${terminated.reason ?? ''}, exit code ${String(terminated.exitCode ?? 0)}`,
    metadata.deletionTimestamp && 'being deleted',
  ];
  return parts.filter((part) => typeof part === 'string' && part !== '').join('; ');
}
