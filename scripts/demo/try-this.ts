/** What one may do with a cluster that was left running. */
import type { Lab } from '../../test/lab/lab.ts';

export function tryThis(lab: Lab): string {
  const { kubectl } = lab.programs;
  return `
Everything goes on running until Ctrl-C. In another terminal:

  export KUBECONFIG=${lab.adminKubeconfig}
  alias kubectl=${kubectl}

Three things to try:

  1. What it says of policies and nodes:
       kubectl get cosp,cosn

  2. A new version, which the nodes find at their next look, at once because of the annotation:
       kubectl annotate node bottlerocket-01 --overwrite containeros.dev/retry=now \\
         lab.containeros.dev/host='{"os":"Bottlerocket","version":"1.25.0","offers":["1.27.0"]}'
       kubectl get cosn --watch

  3. A person who wants a node left alone, and one who stops everything:
       kubectl annotate node bottlerocket-02 containeros.dev/hold='in use by the database team'
       kubectl patch cosp bottlerocket --type merge --patch '{"spec":{"paused":true}}'
       kubectl describe cosp bottlerocket

How to steer the simulated hosts (faults, slow disks, odd reboots): test/lab/README.md
`;
}
