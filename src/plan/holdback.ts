/** Why a node that could be updated is not started: people, autoscalers, failures, the node itself, the policy. The first reason wins. */
import { deletingTaints, holdKey } from '../api/keys.ts';
import type { NodeStateName } from '../api/container-os-node.ts';
import { attemptable } from './attempts.ts';
import type { Millis, NodeFacts } from './facts.ts';
import type { NodeCase } from './node-case.ts';
import type { ShownReason, ToldReason } from './node-reasons.ts';
import { taskWait } from './tasks.ts';
import { sayTime } from './text.ts';
import { isUpdateNow } from './update-now.ts';

export interface Holdback {
  /** Where the reason is a state of its own. */
  readonly state?: Extract<NodeStateName, 'Held' | 'Failed'>;
  readonly reason?: ShownReason;
  readonly taskReason?: ToldReason | undefined;
  readonly because: string;
  readonly until?: Millis;
  /** The attempt that used the limit up: counts to maxFailures if it did not yet. */
  readonly spentBy?: string;
}

export function holdbackOf(c: NodeCase, version: string): Holdback | undefined {
  const { node, seen, spec, snapshot } = c;
  const { now, settings } = snapshot;
  if (isBeingDeleted(node)) return { because: 'it is being deleted: nothing is started on it' };
  const hold = node.annotations[holdKey];
  if (hold !== undefined)
    return { state: 'Held', reason: 'Hold', because: `held by annotation ${holdKey}: ${cut(hold)}` };
  // By a person's wish it is updated, and stays as it is.
  if (node.unschedulable && !isUpdateNow(node))
    return { state: 'Held', reason: 'ForeignCordon', because: 'cordoned by somebody else' };
  const attempts = attemptable(seen, version, spec.retry, now);
  if (attempts.kind === 'Spent')
    return { state: 'Failed', reason: attempts.reason, because: attempts.because, spentBy: attempts.attempt };
  if (attempts.kind === 'Waits')
    return { because: attempts.because, taskReason: attempts.reason, until: attempts.until };
  if (!node.ready) return { because: notReady(c) };
  if ((seen.clockAheadSeconds ?? 0) * 1000 > settings.clockAhead)
    return { because: `its clock is ${seen.clockAheadSeconds ?? 0} s ahead of the operator's` };
  if (c.stopped !== undefined) return { because: c.stopped };
  const wait = taskWait(snapshot.taskMemory.get(node.uid), 'Stage', now);
  if (wait !== undefined) return { because: wait.because, taskReason: wait.reason, until: wait.until };
  return undefined;
}

/** By a person or by an autoscaler. */
export const isBeingDeleted = (node: NodeFacts): boolean =>
  node.deleting || node.taints.some((key) => deletingTaints.some((taint) => taint === key));

export const notReady = ({ node }: Pick<NodeCase, 'node'>): string =>
  node.readySince === undefined
    ? 'the node is not Ready'
    : `the node is not Ready since ${sayTime(node.readySince)}`;

/** Text that a person or a node wrote, as far as it is shown. */
export function cut(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters must not reach terminals
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
  return clean === '' ? '(no reason given)' : clean.slice(0, 200);
}
