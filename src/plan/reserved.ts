/** A node that has a slot but no claim yet: stage it if that is still due, look at its Pods, then cordon and claim in one write. */
import { doNotDisruptKey, scaleDownDisabledKey } from '../api/keys.ts';
import type { Claim } from '../api/claim.ts';
import type { LedgerEntry } from '../api/policy-status.ts';
import type { PodFacts } from './facts.ts';
import { type Decision, keep, type NodeCase, remove } from './node-case.ts';
import { closedGate } from './gates.ts';
import { countReadyOwn } from './health.ts';
import { judgePreview } from './preview.ts';
import type { Preview } from './snapshot.ts';
import { unseenDrain } from './spoken-for.ts';
import type { Step } from './step.ts';
import { setsOf } from './target.ts';
import { stageSteps, taskWait } from './tasks.ts';
import { isoTime } from './text.ts';
import { needsExclusive, otherReplicaReady } from './exclusive.ts';
import { isUpdateNow } from './update-now.ts';

type Reserved = Pick<Decision, 'ledger' | 'steps' | 'wakeAt'> &
  Partial<Pick<Decision, 'state' | 'because' | 'taskReason'>>;

export function decideReserved(c: NodeCase, entry: LedgerEntry, staged: string | undefined): Reserved {
  const { node, settled, snapshot } = c;
  const at = { node: node.name, nodeUID: node.uid } as const;
  if (settled.blocking !== undefined) {
    const { because, reason, wakeAt } = settled.blocking;
    return { ledger: keep, steps: [], because, taskReason: reason, wakeAt };
  }
  if (staged === undefined) {
    if (taskWait(snapshot.taskMemory.get(node.uid), 'Stage', snapshot.now) !== undefined)
      return { ledger: remove, steps: [] };
    return {
      state: 'Staging',
      because: 'its turn has come',
      ledger: keep,
      steps: stageSteps(c, node, c.seen, entry.attempt, 'its turn has come'),
    };
  }
  const unasked = unaskedBefore(c, staged);
  if (unasked !== undefined) return { because: unasked, ledger: remove, steps: [] };
  const shut = closedGate(c);
  if (shut !== undefined) return { because: shut, ledger: remove, steps: [] };
  const preview = freshPreview(c);
  if (preview === undefined)
    return {
      because: 'looks at its pods before the cordon',
      ledger: keep,
      steps: [{ ...at, do: 'Preview', because: 'before the cordon' }],
    };
  const unseen = unseenDrain(snapshot);
  if (unseen !== undefined) return { because: unseen, ledger: keep, steps: [] };
  const verdict = judgePreview(preview.pods, c.spec.drain, snapshot, c.spokenFor(node.name));
  if (verdict.kind === 'Refused') return { because: verdict.because, ledger: remove, steps: [] };
  if (needsExclusive(node, snapshot)) {
    const { exclusive, self } = snapshot;
    if (exclusive.held === true && exclusive.holder !== node.uid)
      return {
        because: 'another control-plane node or node of the operator is on its way',
        ledger: remove,
        steps: [],
      };
    if (self.nodeName === node.name && otherReplicaReady(snapshot))
      return {
        ledger: remove,
        steps: [
          {
            ...at,
            do: 'HandOver',
            because: 'the leader runs on this node, and another replica is ready to lead',
          },
        ],
      };
    if (exclusive.held !== true)
      return {
        state: 'Cordoning',
        because: 'takes the exclusive lease',
        ledger: keep,
        steps: [{ ...at, do: 'TakeExclusive', because: 'it is a control-plane node or runs the operator' }],
      };
  }
  return {
    state: 'Cordoning',
    because: 'its turn has come',
    ledger: keep,
    steps: [claimStep(c, entry, staged, preview.pods)],
  };
}

/** What it is to get may be news to nodes that are to have it first. */
export function unaskedBefore(c: NodeCase, version: string): string | undefined {
  const before = isUpdateNow(c.node) ? undefined : c.askedFirst.missing(c.seen, version);
  return (
    before &&
    `waits for wave ${before.wave}: ${before.node} was not asked since ${version} was first offered to a node`
  );
}

/** The node's preview, if it is young enough to claim by. */
export function freshPreview({ snapshot, node }: Pick<NodeCase, 'snapshot' | 'node'>): Preview | undefined {
  const preview = snapshot.previews.get(node.name);
  if (preview === undefined || preview.nodeUID !== node.uid) return undefined;
  return snapshot.now - preview.at <= snapshot.settings.previewFresh ? preview : undefined;
}

function claimStep(c: NodeCase, entry: LedgerEntry, staged: string, pods: readonly PodFacts[]): Step {
  const { node, policy, spec, rules, seen, snapshot } = c;
  const added = [scaleDownDisabledKey, doNotDisruptKey].filter((key) => !(key in node.annotations));
  const options = rules.taskOptions(spec);
  const claim: Claim = {
    policy: policy.name,
    policyUID: policy.uid,
    os: rules.os,
    attempt: entry.attempt,
    at: isoTime(snapshot.now),
    from: seen.version ?? '',
    target: staged,
    // What was pinned for it is what must boot, also where something newer is there.
    ...(setsOf(c)['version-lock'] === undefined ? {} : { exact: true }),
    bootID: node.bootID,
    timeouts: { drain: spec.drain.timeout, reboot: spec.reboot.timeout, soak: spec.rollout.soak },
    ...(Object.keys(options).length === 0 ? {} : { options: { ...options } }),
    ready: readyDaemons(pods),
    ...wantedHealth(c, pods),
    ...(node.unschedulable ? { foreignCordon: true } : {}),
    added,
  };
  return {
    do: 'Claim',
    node: node.name,
    nodeUID: node.uid,
    resourceVersion: node.resourceVersion,
    claim,
    annotations: Object.fromEntries(added.map((key) => [key, 'true'])),
    because: `its turn has come: ${claim.from} to ${staged}`,
  };
}

/** What the policy wants of the node beyond Ready; the claim must tell it where the policy is gone. */
function wantedHealth({ spec }: NodeCase, pods: readonly PodFacts[]): Pick<Claim, 'health'> {
  const { nodeConditions = [], pods: selector } = spec.health ?? {};
  if (nodeConditions.length === 0 && selector === undefined) return {};
  return {
    health: {
      ...(nodeConditions.length === 0 ? {} : { conditions: [...nodeConditions] }),
      ...(selector === undefined ? {} : { pods: selector, readyPods: countReadyOwn(selector, pods) }),
    },
  };
}

/** DaemonSets whose Pod on this node is Ready: they must be so again before the node counts as verified. */
export function readyDaemons(pods: readonly PodFacts[]): string[] {
  const names = pods.flatMap(({ controller, namespace, ready }) =>
    controller?.kind === 'DaemonSet' && ready ? [`${namespace}/${controller.name}`] : [],
  );
  return [...new Set(names)].toSorted().slice(0, 50);
}
