/** What keeps a node that runs its new version from being verified: conditions, Pods, DaemonSets that were there before. */
import { judgeHealth } from './health.ts';
import type { ClaimedCase } from './node-case.ts';
import { listed } from './text.ts';

/** `late` is what is said of it in the end; nothing is held against a node before its Pods are listed. */
export function missingHealth(
  c: ClaimedCase,
): { readonly because: string; readonly late: string | undefined } | undefined {
  const daemons = missingDaemons(c);
  const verdict = judgeHealth(c.claim.health, c.node, c.snapshot.pods.get(c.node.name));
  if (verdict.kind === 'NotMet')
    return {
      because: `waits for its health: ${verdict.because}`,
      late: `its health was not met in time: ${verdict.because}`,
    };
  if (daemons === undefined || verdict.kind === 'Unlisted')
    return { because: 'lists its pods', late: undefined };
  if (daemons.length === 0) return undefined;
  return {
    because: `waits for the pod of DaemonSet ${listed(daemons)} to be Ready again`,
    late: `the pod of DaemonSet ${listed(daemons)} was not Ready again in time`,
  };
}

function missingDaemons({ claim, snapshot, node }: ClaimedCase): readonly string[] | undefined {
  if (claim.ready.length === 0) return [];
  const pods = snapshot.pods.get(node.name);
  if (pods === undefined) return undefined;
  const ready = new Set(
    pods.flatMap((pod) =>
      pod.controller?.kind === 'DaemonSet' && pod.ready ? [`${pod.namespace}/${pod.controller.name}`] : [],
    ),
  );
  return claim.ready.filter((name) => !ready.has(name));
}
