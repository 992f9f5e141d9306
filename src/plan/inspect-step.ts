/** Asking a node what it runs and what it is offered. */
import type { Decision, NodeCase } from './node-case.ts';
import { createTask, taskWait } from './tasks.ts';

/** An Inspect for a node that is due; it never goes to a node that is not Ready, nor beside another task. */
export function inspectStep(c: NodeCase): Pick<Decision, 'inspect' | 'wakeAt'> {
  const { node, settled, snapshot, policy, rules, spec } = c;
  if (settled.blocking !== undefined) return { wakeAt: settled.blocking.wakeAt };
  if (!node.ready) return {};
  const wait = taskWait(snapshot.taskMemory.get(node.uid), 'Inspect', snapshot.now);
  if (wait !== undefined) return { wakeAt: wait.until };
  const because = 'what the node runs and is offered is not known, or too long ago';
  return {
    inspect: createTask(
      'Inspect',
      node,
      { os: rules.os, policyUID: policy.uid, options: rules.taskOptions(spec), because },
      snapshot.settings,
    ),
  };
}
