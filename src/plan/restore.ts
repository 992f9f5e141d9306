/**
 * Taking back what a Stage changed in the settings of a host. The note on the Node is there before the change and goes after it was taken
 * back, so that no crash loses it; what is due follows from facts alone: the note, and whether the node is still on its way.
 */
import { type Pins, type RestoreNote, settingNames } from '../api/restore.ts';
import type { NodeFacts, TaskFacts } from './facts.ts';
import { isBeingDeleted } from './holdback.ts';
import { inspectStep } from './inspect-step.ts';
import type { Decision, NodeCase } from './node-case.ts';
import { readRestore, unreadableNote } from './restore-note.ts';
import type { Step } from './step.ts';
import { setsOf } from './target.ts';
import { earliest } from './text.ts';

/**
 * A decision about a node without a claim, with the restore in it. The note stays while the node waits to be staged or claimed with just
 * these settings; on every other node its own settings are put back, whatever the policy says otherwise.
 */
export function withRestore(c: NodeCase, decision: Decision): Decision {
  const { node } = c;
  const reading = readRestore(node);
  if (reading.kind === 'None') return decision;
  if (reading.kind === 'Unreadable') return heldBy(c, decision, unreadableNote(reading.why));
  if (c.strayTasks.has(node.name) || node.bootID === '' || isBeingDeleted(node)) return decision;
  const onItsWay = isOnItsWay(c, decision);
  const wanted = covers(setsOf(c), reading.note);
  if (wanted && onItsWay) return decision;
  const { wakeAt, ...restore } = inspectStep(c, true);
  const next = { ...decision, ...restore, wakeAt: earliest(decision.wakeAt, wakeAt) };
  // Settings of another target: nothing is staged before they are back.
  return onItsWay ? stopped(c, next, "the host's own update settings are put back first") : next;
}

/** Every setting that was changed is one that the policy wants now. */
const covers = (pins: Pins, note: RestoreNote): boolean =>
  settingNames.every((name) => note.pinned[name] === undefined || pins[name] !== undefined);

function isOnItsWay({ entry, snapshot, node }: NodeCase, decision: Decision): boolean {
  if (decision.candidate === true || decision.prefetch === true || decision.state === 'Staging') return true;
  if (entry?.phase === 'Reserved' && decision.ledger.kind !== 'Remove') return true;
  // A Stage that is tried again in a moment would only have to write it all anew.
  const memory = snapshot.taskMemory.get(node.uid);
  return memory?.task === 'Stage' && memory.notBefore > snapshot.now;
}

/** Nothing is begun on it; a Stage that runs goes on. */
function stopped({ entry }: NodeCase, decision: Decision, because: string): Decision {
  const { candidate: _candidate, prefetch: _prefetch, ...rest } = decision;
  return {
    ...rest,
    ...(decision.state === 'Staging' || decision.state === 'Cordoning'
      ? {}
      : { because, taskReason: undefined }),
    ledger: entry?.phase === 'Reserved' ? { kind: 'Remove' } : decision.ledger,
    steps: decision.steps.filter((step) => step.do === 'DeleteTask'),
  };
}

function heldBy(c: NodeCase, decision: Decision, because: string): Decision {
  if (decision.state === 'Soaking' || decision.state === 'Unsupported') return decision;
  return { ...stopped(c, decision, because), state: 'Held', reason: 'UnreadableRestore', because };
}

/** The note goes while the Pod that put the settings back is still there: until it is gone no other can change them again. */
export function forgetStep(node: NodeFacts, task: TaskFacts | undefined): Step | undefined {
  if (task?.terminal !== true || task.deleting || task.answer?.restored !== true) return undefined;
  if (readRestore(node).kind !== 'Note') return undefined;
  return {
    do: 'Forget',
    node: node.name,
    nodeUID: node.uid,
    resourceVersion: node.resourceVersion,
    because: "the host's own update settings are in force again",
  };
}
