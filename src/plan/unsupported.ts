/** A node that is not to be updated by this policy, as its Node object shows: it runs the system, and somebody else sees to it, or nobody can. */
import { isControlPlane } from './exclusive.ts';
import type { Decision, NodeCase } from './node-case.ts';
import { told } from './node-reasons.ts';

export function unsupported({
  node,
  recognition,
  spec,
}: Pick<NodeCase, 'node' | 'recognition' | 'spec'>):
  Pick<Decision, 'state' | 'reason' | 'because'> | undefined {
  if (recognition.kind === 'Unsupported')
    return { state: 'Unsupported', reason: told(recognition.reason), because: recognition.because };
  if (isControlPlane(node) && !spec.includeControlPlane)
    return {
      state: 'Unsupported',
      reason: 'ControlPlane',
      because: 'it is a control-plane node, and spec.includeControlPlane is false',
    };
  return undefined;
}
