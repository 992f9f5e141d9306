/** Jobs of hooks whose attempt is over: they go, and what still runs in them is ended. */
import type { NodeFacts } from './facts.ts';
import { deleteHook } from './hooks.ts';
import { readClaim } from './ownership.ts';
import type { Snapshot } from './snapshot.ts';
import type { Step } from './step.ts';

/** A claim is written before its hooks: the Nodes must have been heard since, or a claim that is there would not be known yet. */
const heardAfter = 2000;
const lookAgain = 5000;

export function leftHooks({ hooks, nodes, nodesHeard, now, busy }: Snapshot): {
  readonly steps: readonly Step[];
  readonly wakeAt: number | undefined;
} {
  const steps: Step[] = [];
  let waits = false;
  if (hooks === undefined || hooks === 'Unheard' || hooks.length === 0) return { steps, wakeAt: undefined };
  const byUID = new Map([...nodes.values()].map((node) => [node.uid, node]));
  for (const job of hooks) {
    const node = byUID.get(job.nodeUID);
    if (job.deleting || isUnderWay(node, job.attempt)) continue;
    if (nodesHeard < job.createdAt + heardAfter) waits = true;
    else if (node === undefined || !busy.has(node.name))
      steps.push(deleteHook(job, node?.name ?? job.jobName, 'the attempt that it was made for is over'));
  }
  return { steps, wakeAt: waits ? now + lookAgain : undefined };
}

function isUnderWay(node: NodeFacts | undefined, attempt: string): boolean {
  if (node === undefined) return false;
  const reading = readClaim(node);
  // What cannot be read may be a newer operator's.
  return reading.kind === 'Unreadable' || (reading.kind === 'Claim' && reading.claim.attempt === attempt);
}
