/** When a leader that gave up the lease for its own node's sake may stand for election again. */
import { claimKey } from '../api/keys.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader } from '../ports/cluster.ts';
import type { Self } from './observe.ts';

/** The new leader may decide not to take our node after all (a pause, a hold). Milliseconds. */
const longestWait = 600_000;

export function returnAfterOwnNode(
  reader: Pick<ClusterReader, 'nodes'>,
  self: Self,
  clock: Clock,
): () => boolean {
  const since = clock.monotonic();
  let claimed = false;
  return () => {
    const node = self.nodeName === undefined ? undefined : reader.nodes().get(self.nodeName);
    const has = node !== undefined && claimKey in node.annotations;
    claimed ||= has;
    return (claimed && !has) || clock.monotonic() - since > longestWait;
  };
}
