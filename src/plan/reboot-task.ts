/** The Reboot task of a claim: whose it is, and how it goes. */
import type { TaskFacts } from './facts.ts';
import type { ClaimedCase } from './node-case.ts';
import type { Step } from './step.ts';

/** Its Pod has the name that an earlier attempt's had. */
export const isMine = ({ claim }: ClaimedCase, task: TaskFacts | undefined): boolean =>
  task?.task === 'Reboot' && task.attempt === claim.attempt;

export function discard(task: TaskFacts, because: string): Step[] {
  if (task.deleting) return [];
  return [
    {
      do: 'DeleteTask',
      node: task.nodeName,
      nodeUID: task.nodeUID,
      podName: task.podName,
      podUID: task.podUID,
      task: task.task,
      backOff: undefined,
      because,
    },
  ];
}
