/** Asking a node what it runs and what it is offered; and, where a note says what they were, to put its own settings back first. */
import { exactVersion } from '../api/target-version.ts';
import type { Decision, NodeCase } from './node-case.ts';
import { readRestore } from './restore-note.ts';
import { askedOf } from './target.ts';
import { createTask, taskWait } from './tasks.ts';

/** An Inspect for a node that is due; it never goes to a node that is not Ready, nor beside another task. */
export function inspectStep(c: NodeCase, restore = false): Pick<Decision, 'inspect' | 'wakeAt'> {
  const { node, settled, snapshot, policy, rules, spec } = c;
  if (settled.blocking !== undefined) return { wakeAt: settled.blocking.wakeAt };
  if (!node.ready) return {};
  const wait = taskWait(snapshot.taskMemory.get(node.uid), 'Inspect', snapshot.now);
  if (wait !== undefined) return { wakeAt: wait.until };
  const reading = restore ? readRestore(node) : undefined;
  const note = reading?.kind === 'Note' ? { restore: reading.note } : {};
  const because = restore
    ? "the host's own update settings are to be put back"
    : 'what the node runs and is offered is not known, or too long ago';
  return {
    inspect: createTask(
      'Inspect',
      node,
      {
        os: rules.os,
        policyUID: policy.uid,
        asked: askedOf(spec, rules),
        target: exactVersion(spec),
        options: { ...rules.taskOptions(spec), ...note },
        because,
      },
      snapshot.settings,
    ),
  };
}
