/** What one may do with a cluster that was left running. */
import type { Lab } from '../../test/lab/lab.ts';
import type { Expected } from './watch-rollout.ts';

/** A version that no host of the demo has been offered. */
const next = '1.27.0';

const access = ({ adminKubeconfig, programs }: Lab): string => `
Everything goes on running until Ctrl-C. In another terminal:

  export KUBECONFIG=${adminKubeconfig}
  alias kubectl=${programs.kubectl}
`;

export const tryThePlan = (lab: Lab): string => `${access(lab)}
Three things to try:

  1. The plan as the status has it, and what each node says of its place:
       kubectl get cosp bottlerocket -o yaml
       kubectl get cosn

  2. Another plan, say of two nodes at once:
       kubectl patch cosp bottlerocket --type merge -p '{"spec":{"rollout":{"maxUnavailable":2}}}'

  3. The same, carried out:
       kubectl patch cosp bottlerocket --type merge -p '{"spec":{"mode":"Apply"}}'
       kubectl get cosn --watch
`;

export function tryThis(lab: Lab, expected: readonly Expected[]): string {
  const [first, second = first] = expected.filter(({ os }) => os === 'Bottlerocket');
  const newer = `containeros.dev/retry=now \\
         lab.containeros.dev/host='{"os":"Bottlerocket","version":"1.25.0","offers":["${next}"]}'`;
  return `${access(lab)}
Three things to try:

  1. What the operator says of policies and nodes:
       kubectl get cosp,cosn

  2. A new version for one node, looked for at once because of the annotation retry:
       kubectl annotate node ${first?.node ?? ''} --overwrite ${newer}
       kubectl get cosn --watch

  3. The same for a node that somebody wants left alone:
       kubectl annotate node ${second?.node ?? ''} --overwrite containeros.dev/hold='the database team needs it' ${newer}
       kubectl get cosn --watch

How to steer the simulated hosts (faults, slow disks, odd reboots): test/lab/README.md
`;
}
