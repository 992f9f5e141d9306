/** Where one node is, by the facts alone; with a new retry or token carried out. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import { retryKey } from '../api/keys.ts';
import type { Failure, LedgerEntry } from '../api/policy-status.ts';
import { decideClaimed } from './claimed.ts';
import { cut } from './holdback.ts';
import {
  type ClaimedCase,
  type Decision,
  keep,
  type NodeCase,
  type PolicyCase,
  remove,
} from './node-case.ts';
import type { ClaimReading, Ownership } from './ownership.ts';
import type { OwnedNode } from './owned-nodes.ts';
import { baseView } from './record.ts';
import { forgetStep, withRestore } from './restore.ts';
import { settleTask } from './settle-task.ts';
import { earliest } from './text.ts';
import { decideUnclaimed } from './unclaimed.ts';
import { decideSoaking } from './verified.ts';

export function decideNode(
  shared: PolicyCase,
  one: OwnedNode,
  entries: readonly LedgerEntry[],
  known: readonly Failure[],
  cleared: boolean,
): Decision {
  const { snapshot, policy, spec } = shared;
  const { node, reading, ownership } = one;
  // A claim ends as the OS that it was made for, whatever the policy says by now.
  const rules = reading.kind === 'Claim' ? snapshot.rules[reading.claim.os] : shared.rules;
  const view = snapshot.views.get(node.name);
  const stored = view?.nodeUID === node.uid ? view.status : undefined;
  const retry = node.annotations[retryKey];
  const retried = retry !== undefined && cut(retry) !== stored?.retrySeen;
  const base = baseView(node, stored, policy.name, rules, reading.kind === 'Claim');
  const task = snapshot.tasks.get(node.uid);
  const attempt = reading.kind === 'Claim' ? reading.claim.attempt : undefined;
  const decideFrom = (begun: NodeViewStatus): Decision => {
    const settled = settleTask(begun, task, node, spec.retry, rules, snapshot, attempt);
    const c: NodeCase = {
      ...shared,
      rules,
      node,
      recognition: rules.recognise(node),
      entry: entries.find(({ nodeUID }) => nodeUID === node.uid),
      task,
      settled,
      seen: settled.seen,
      retried,
      failures: known.filter(({ nodeUID }) => nodeUID === node.uid),
    };
    const decision = decideByFacts(c, reading, ownership);
    const forget = forgetStep(node, task);
    return {
      ...decision,
      steps: forget === undefined ? decision.steps : [forget, ...decision.steps],
      // Whatever the node waits for, the deadline of its task must not be slept through.
      wakeAt: earliest(decision.wakeAt, settled.blocking?.wakeAt),
    };
  };
  // A new retry.token clears it whatever its own retry waits for: else its failure would be written anew in each pass.
  const before = cleared && !isOnItsWay(one, policy.status.claims) ? withoutAttempts(base) : base;
  if (!retried) return decideFrom(before);
  if (reading.kind === 'Claim') {
    const asItIs = decideFrom(before);
    if (asItIs.retryStays === true) return asItIs;
  }
  // It may have begun before whatever the retry is about: neither its answer nor its failure is what the retry asks for. From a node
  // that is down it does not go away, and says nothing more.
  else if (task !== undefined && task.task !== 'Reboot' && (node.ready || !task.deleting))
    return decideFrom(before);
  return { ...decideFrom({ ...anew(base), retrySeen: cut(retry) }), cleared: true };
}

function decideByFacts(c: NodeCase, reading: ClaimReading, ownership: Ownership): Decision {
  const steps = c.settled.deletion === undefined ? [] : [c.settled.deletion];
  if (ownership.kind === 'Tie') {
    const tied: Decision = {
      state: 'Held',
      reason: 'Overlap',
      because: `policies ${ownership.policies.join(' and ')} select it with the same priority`,
      ledger: c.entry === undefined ? keep : remove,
      steps,
      seen: c.seen,
    };
    // One of the tied policies does what is to be done in any case.
    return ownership.policyUIDs[0] === c.policy.uid ? withRestore(c, tied) : tied;
  }
  if (reading.kind === 'Unreadable')
    return {
      state: 'Held',
      reason: 'UnreadableClaim',
      because: `its claim cannot be read (${reading.why}); a person must remove the annotation`,
      ledger: keep,
      steps,
      seen: c.seen,
      behind: true,
    };
  if (reading.kind === 'Claim') {
    const claimed: ClaimedCase = {
      ...c,
      claim: reading.claim,
      chosen: ownership.kind === 'Owned' && ownership.chosen,
    };
    return decideClaimed(claimed);
  }
  if (c.entry?.phase === 'Soaking') return withRestore(c, decideSoaking(c, c.entry));
  return withRestore(c, decideUnclaimed(c));
}

/** Its attempt is not over: a token for all nodes leaves what is recorded of it, or it would be recorded anew in each pass. */
export const isOnItsWay = ({ node, reading }: OwnedNode, entries: readonly LedgerEntry[] = []): boolean =>
  reading.kind === 'Claim' ||
  entries.some(({ nodeUID, phase }) => nodeUID === node.uid && phase === 'Soaking');

const withoutAttempts = ({ attempts: _attempts, ...rest }: NodeViewStatus): NodeViewStatus => rest;

/** As if the node had never been asked: it is inspected at once. */
function anew(view: NodeViewStatus): NodeViewStatus {
  const { inspectedAt: _at, checkedAt: _checked, ...rest } = withoutAttempts(view);
  return rest;
}
