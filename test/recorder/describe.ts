/** One line for each revision of an object: what of it matters to the invariants. */
import { hasClaim } from './world/node.ts';
import { bootIDOf, claimOf, isCordoned, isReady } from './world/node.ts';
import type { ObjectEvent } from './world/event.ts';
import type { RawNode, RawPod, RawPolicy, RawView } from './world/objects.ts';

export function describeEvent(event: ObjectEvent): string {
  const time = new Date(event.at).toISOString().slice(11, 23);
  return `${String(event.revision)} ${time} ${event.deleted ? `${titleOf(event)} is deleted` : describe(event)}`;
}

function titleOf({ resource, object }: ObjectEvent): string {
  const { namespace, name } = object.metadata;
  const kinds = { nodes: 'node', pods: 'pod', policies: 'policy', views: 'view' };
  return `${kinds[resource]} ${namespace === undefined ? '' : `${namespace}/`}${name}`;
}

function describe(event: ObjectEvent): string {
  const words = wordsOf(event).filter((word) => word !== '');
  return `${titleOf(event)}: ${words.join(', ')}`;
}

function wordsOf(event: ObjectEvent): readonly string[] {
  switch (event.resource) {
    case 'nodes':
      return nodeWords(event.object);
    case 'pods':
      return podWords(event.object);
    case 'policies':
      return policyWords(event.object);
    case 'views':
      return viewWords(event.object);
    default:
      return event satisfies never;
  }
}

function nodeWords(node: RawNode): readonly string[] {
  const claim = claimOf(node);
  const order = claim?.order === undefined ? '' : ` ordered at ${claim.order.at}`;
  const unreadable = hasClaim(node) ? 'unreadable claim' : '';
  return [
    isReady(node) ? 'Ready' : 'not Ready',
    isCordoned(node) ? 'cordoned' : '',
    claim === undefined ? unreadable : `claim ${claim.attempt} of ${claim.policy}${order}`,
    `boot id ${bootIDOf(node).slice(0, 8)}`,
    node.status?.nodeInfo?.osImage ?? '',
  ];
}

function podWords({ metadata, spec, status }: RawPod): readonly string[] {
  return [
    status?.phase ?? '',
    spec?.nodeName === undefined ? 'not bound' : `on ${spec.nodeName}`,
    metadata.deletionTimestamp === undefined ? '' : 'terminating',
  ];
}

function policyWords({ metadata, spec, status }: RawPolicy): readonly string[] {
  const entries = (status?.claims ?? []).map(({ node, phase, attempt }) => `${node} ${phase} ${attempt}`);
  return [
    spec.paused === true ? 'paused' : '',
    metadata.deletionTimestamp === undefined ? '' : 'being deleted',
    `claims [${entries.join('; ')}]`,
    `fence ${status?.fence ?? 'none'}`,
    `${String(status?.failures?.length ?? 0)} failures`,
  ];
}

function viewWords({ status }: RawView): readonly string[] {
  return [status?.state ?? '', status?.version ?? ''];
}
