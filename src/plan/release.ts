/** Putting a node back: one write that takes the claim away and, unless a person wants it otherwise, the cordon with it. */
import { keepCordonedKey } from '../api/keys.ts';
import type { Claim } from '../api/claim.ts';
import type { NodeFacts } from './facts.ts';
import type { Step } from './step.ts';

export function releaseStep(
  node: NodeFacts,
  claim: Claim,
  because: string,
  options: { readonly onlyWithoutTask?: boolean } = {},
): Step {
  const keepCordoned = keepCordonedKey in node.annotations;
  return {
    do: 'Release',
    node: node.name,
    nodeUID: node.uid,
    resourceVersion: node.resourceVersion,
    uncordon: node.unschedulable && !keepCordoned && claim.foreignCordon !== true,
    remove: claim.added.filter((key) => key in node.annotations),
    onlyWithoutTask: options.onlyWithoutTask ?? false,
    because,
  };
}
