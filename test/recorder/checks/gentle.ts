/** S13: never two control-plane nodes at once, nor two nodes that run our replicas. */
import type { Breach } from '../violation.ts';
import type { History } from '../world/history.ts';
import { claimOf, hasClaim, isControlPlane } from '../world/node.ts';
import type { RawNode } from '../world/objects.ts';
import { hasEnded, isReplica } from '../world/tasks.ts';
import type { Check } from './check.ts';

/** A Pod that was bound so shortly before is not known to the operator yet, milliseconds. */
const sightMs = 2000;

export const checkGentle: Check = (history) =>
  history.changes('nodes').flatMap(({ object, before, revision, at }): readonly Breach[] => {
    if (object === undefined || !hasClaim(object)) return [];
    const ordered = claimOf(object)?.order !== undefined && claimOf(before?.object)?.order === undefined;
    if (hasClaim(before?.object) && !ordered) return [];
    const { name } = object.metadata;
    const others = history
      .at('nodes', revision)
      .filter((node) => node.metadata.name !== name && hasClaim(node));
    const breach = (kind: string, other: RawNode): readonly Breach[] => [
      {
        id: 'S13',
        revision,
        sentence: `${name} and ${other.metadata.name}, both ${kind}, are out of service at once`,
        nodes: [name, other.metadata.name],
      },
    ];
    const secondMaster = isControlPlane(object) ? others.find(isControlPlane) : undefined;
    if (secondMaster !== undefined) return breach('control-plane nodes', secondMaster);
    const homes = replicaNodes(history, revision, at);
    const secondHome = homes.has(name) ? others.find(({ metadata }) => homes.has(metadata.name)) : undefined;
    return secondHome === undefined ? [] : breach('with a replica of the operator', secondHome);
  });

/** Nodes that have been running a replica for a while. */
function replicaNodes(history: History, revision: number, at: number): ReadonlySet<string> {
  const homesAt = (when: number): readonly string[] =>
    history
      .at('pods', when)
      .filter((pod) => isReplica(pod) && !hasEnded(pod) && pod.metadata.deletionTimestamp === undefined)
      .flatMap(({ spec }) => spec?.nodeName ?? []);
  const earlier = new Set(homesAt(history.revisionAt(at - sightMs)));
  return new Set(homesAt(revision).filter((node) => earlier.has(node)));
}
