/** That a rollout began, or ended without being complete. */
import type { PolicyStatus } from '../api/policy-status.ts';
import type { Announcement } from './step.ts';

export function rolloutEvents(
  before: PolicyStatus,
  { rollout, history }: PolicyStatus,
): readonly Omit<Announcement, 'regarding'>[] {
  const event = (reason: string, note: string): Omit<Announcement, 'regarding'> => ({
    type: 'Normal',
    reason,
    action: 'Rollout',
    note,
  });
  const began = rollout !== undefined && rollout.startedAt !== before.rollout?.startedAt;
  const ended = history?.[0];
  const isNew = ended !== undefined && ended.endedAt !== before.history?.[0]?.endedAt;
  return [
    ...(began ? [event('RolloutStarted', `a rollout to ${rollout.target} begins`)] : []),
    // That all nodes are up to date is an event of its own, also where nothing was to be done.
    ...(isNew && ended.outcome !== undefined && ended.outcome !== 'Complete'
      ? [
          event(
            `Rollout${ended.outcome}`,
            `the rollout to ${ended.target} has ended: ${ended.updated} updated, ${ended.failed} failed`,
          ),
        ]
      : []),
  ];
}
