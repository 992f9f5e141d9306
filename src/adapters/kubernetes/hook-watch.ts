/** The Jobs of hooks as the plan reads them: with what their Pods say, also of Pods that are gone by now. */
import type { HookFacts } from '../../plan/facts.ts';
import type { Clock } from '../../ports/clock.ts';
import type { HookPodRecord, HookRecord } from './facts/hook.ts';

export interface HookWatch {
  readonly hooks: () => readonly HookFacts[];
  /** To be told of each change of a Job or a Pod. */
  readonly changed: () => void;
  readonly stop: () => void;
}

export interface HookWatchOptions {
  readonly clock: Clock;
  readonly jobs: () => ReadonlyMap<string, HookRecord>;
  readonly pods: () => ReadonlyMap<string, HookPodRecord>;
  readonly onChange: () => void;
}

/** The watch of Pods may be behind that of Jobs: so long a failed Job waits for its last words. */
const wordsWithinMs = 2000;
/** A Job without a Pod for so long says so: what its controller is refused shows in events only. */
const podWithinMs = 15_000;

interface Known {
  words: HookPodRecord | undefined;
  failedAt: number | undefined;
  firstSeen: number;
}

export function createHookWatch({ clock, jobs, pods, onChange }: HookWatchOptions): HookWatch {
  const known = new Map<string, Known>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (ms: number): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      onChange();
    }, ms).unref();
    timers.add(timer);
  };

  const learn = (): void => {
    const present = new Set<string>();
    for (const { facts } of jobs().values()) {
      if (facts === undefined) continue;
      present.add(facts.jobUID);
      let one = known.get(facts.jobUID);
      if (one === undefined) {
        one = { words: undefined, failedAt: undefined, firstSeen: clock.monotonic() };
        known.set(facts.jobUID, one);
        if (facts.state === 'Running') later(podWithinMs);
      }
      if (facts.state === 'Failed' && one.failedAt === undefined) {
        one.failedAt = clock.monotonic();
        later(wordsWithinMs);
      }
    }
    for (const uid of known.keys()) if (!present.has(uid)) known.delete(uid);
    for (const pod of pods().values()) {
      const one = known.get(pod.jobUID);
      // The last words of a Pod before are not those of the one that runs.
      if (one !== undefined && (pod.ended !== undefined || one.words?.ended === undefined)) one.words = pod;
    }
  };

  return {
    hooks: () => {
      learn();
      const ticks = clock.monotonic();
      return [...jobs().values()].flatMap((record): HookFacts[] => {
        const { facts } = record;
        const one = facts && known.get(facts.jobUID);
        if (facts === undefined || one === undefined) return [];
        const { words } = one;
        if (facts.state === 'Succeeded') return [{ ...facts, message: '' }];
        if (facts.state === 'Running') {
          const alone = !record.active && words === undefined && ticks - one.firstSeen >= podWithinMs;
          const message = words?.waits ?? '';
          return [
            { ...facts, message: alone ? `it has no pod; see the events of Job ${facts.jobName}` : message },
          ];
        }
        const late = record.reason === 'DeadlineExceeded';
        if (!late && words?.ended === undefined && ticks - (one.failedAt ?? 0) < wordsWithinMs)
          return [{ ...facts, state: 'Running', endedAt: undefined, message: '' }];
        return [{ ...facts, message: failureOf(late, words) }];
      });
    },
    changed: () => {
      learn();
      onChange();
    },
    stop: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}

function failureOf(late: boolean, words: HookPodRecord | undefined): string {
  const said = words?.ended ?? words?.waits ?? '';
  if (!late) return said;
  return `it did not end by its deadline${said === '' ? '' : `: ${said}`}`;
}
