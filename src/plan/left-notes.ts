/** Nodes that no policy owns any more, with settings that a Stage changed: they are put back all the same. */
import type { NodeFacts } from './facts.ts';
import { isBeingDeleted } from './holdback.ts';
import { readRestore } from './restore-note.ts';
import type { Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';
import { createTask, taskWait } from './tasks.ts';

export interface LeftNote {
  readonly steps: readonly Step[];
  readonly wakeAt?: number | undefined;
}

/** Asked for one node after another: no more Inspect Pods than run at once anywhere. */
export function leftNotes(snapshot: Snapshot): { readonly of: (node: NodeFacts) => LeftNote } {
  const { tasks, settings, rules, busy, taskMemory, now } = snapshot;
  const running = [...tasks.values()].filter(({ task, terminal }) => task === 'Inspect' && !terminal).length;
  let free = settings.maxInspects - running;
  return {
    of: (node) => {
      const reading = readRestore(node);
      // Another operating system by now: what was noted is gone with the old one.
      if (reading.kind !== 'Note' || rules[reading.note.os].recognise(node).kind === 'NotOurs')
        return { steps: [] };
      if (!node.ready || node.bootID === '' || isBeingDeleted(node) || tasks.has(node.uid))
        return { steps: [] };
      if ([...tasks.values()].some(({ nodeName }) => nodeName === node.name)) return { steps: [] };
      const wait = taskWait(taskMemory.get(node.uid), 'Inspect', now);
      if (wait !== undefined) return { steps: [], wakeAt: wait.until };
      if (free <= 0 || busy.has(node.name)) return { steps: [] };
      free -= 1;
      const step = createTask(
        'Inspect',
        node,
        {
          os: reading.note.os,
          policyUID: '',
          options: { restore: reading.note },
          because: "no policy selects it any more: the host's own update settings are put back",
        },
        settings,
      );
      return { steps: [step] };
    },
  };
}
