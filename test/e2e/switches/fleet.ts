/** Nodes of one policy whose machines come back each in its own way, and what is to be seen of each. */
import { expect } from '@jest/globals';
import type { NodeStateName, NodeViewStatus } from '../../../src/api/container-os-node.ts';
import type { OsName } from '../../../src/api/os.ts';
import type { ApiObject } from '../../lab/api/api-client.ts';
import { type NodeObject, readiness } from '../../lab/machine/node-object.ts';
import type { Scene } from '../support/scene.ts';
import { type Variant, variants } from './variants.ts';

export type View = ApiObject & { readonly status?: NodeViewStatus };
export type NodeRevision = NodeObject;

const label = 'scene.containeros.dev/fleet';
/** The selector of all of them. */
export const ofFleets = `labelSelector=${encodeURIComponent(label)}`;

export interface Fleet {
  readonly nodes: readonly Variant[];
  /** The one that stays away. */
  readonly away: string;
}

export async function startFleet(scene: Scene, os: OsName, policy: string): Promise<Fleet> {
  const labels = { [label]: policy };
  const suffix = os === 'Bottlerocket' ? 'b' : 'c';
  const nodes = variants.map((one) => ({ ...one, name: `${one.name}-${suffix}` }));
  await scene.addNodes(
    Object.fromEntries(
      nodes.map(({ name, reboot, host }) => [name, { labels, host: { os, reboot, ...host } }]),
    ),
  );
  await scene.applyPolicy(policy, {
    os,
    nodeSelector: { matchLabels: labels },
    rollout: { soak: '1s', maxUnavailable: '100%' },
  });
  return { nodes, away: nodes.find(({ reboot }) => reboot === 'NeverBack')?.name ?? '' };
}

/** Of one node, oldest first. */
export interface Revisions {
  readonly views: readonly View[];
  readonly nodes: readonly NodeRevision[];
}

/** The revisions come by a watch, a little after the facts. */
export const isBack = ({ node }: Pick<Variant, 'node'>, { views, nodes }: Revisions): true | undefined =>
  (views.at(-1)?.status?.state === 'UpToDate' && node.test(readyByBoot(nodes))) || undefined;

export function expectCameBack(
  { reboot, node, says, ends }: Omit<Variant, 'name'>,
  { views, nodes }: Revisions,
  { from, to }: { readonly from: string; readonly to: string },
): void {
  expect({ reboot, node: readyByBoot(nodes) }).toEqual({ reboot, node: expect.stringMatching(node) });
  if (says !== undefined) {
    const [state, because] = says;
    const rebooting = views.flatMap(({ status }) => (status?.state === state ? [status.because] : []));
    expect({ reboot, rebooting }).toEqual({
      reboot,
      rebooting: expect.arrayContaining([expect.stringMatching(because)]),
    });
  }
  const last = views.at(-1);
  const newest = new RegExp(
    `^${to.replaceAll('.', '\\.')} (is the newest that the node is offered|was the newest at the last check)(;|$)`,
  );
  expect(last?.status).toMatchObject({
    state: 'UpToDate',
    version: to,
    because: expect.stringMatching(newest),
  });
  const anew = ends === 'Anew';
  expect({ reboot, nodes: distinct(nodes).length, views: distinct(views).length }).toEqual({
    reboot,
    nodes: anew ? 2 : 1,
    views: anew ? 2 : 1,
  });
  expect(last?.metadata).toMatchObject({
    ownerReferences: [{ kind: 'Node', uid: nodes.at(-1)?.metadata.uid }],
  });
  const updates = new Set(
    views.flatMap(({ status }) => (status?.lastUpdate === undefined ? [] : [status.lastUpdate.at])),
  );
  if (!anew) {
    expect(last?.status).toMatchObject({ lastUpdate: { from, to } });
    expect(updates.size).toBe(1);
    return;
  }
  // The old Node took its way with it: the new one was found to run the newest version.
  expect(updates.size).toBe(0);
  const since = views.filter(({ metadata }) => metadata.uid === last?.metadata.uid);
  expect(
    since.map(({ status }) => status?.state).filter((state) => state !== undefined && onItsWay.has(state)),
  ).toEqual([]);
}

const onItsWay: ReadonlySet<NodeStateName> = new Set([
  'Cordoning',
  'Draining',
  'Rebooting',
  'Verifying',
  'Soaking',
]);

const distinct = (objects: readonly ApiObject[]): readonly (string | undefined)[] => [
  ...new Set(objects.map(({ metadata }) => metadata.uid)),
];

/** `1:True 2:False 2:True`: Ready on each of its boots, each change of it once. */
function readyByBoot(nodes: readonly NodeRevision[]): string {
  const boots: string[] = [];
  const told: string[] = [];
  for (const node of nodes) {
    const bootID = node.status?.nodeInfo?.bootID ?? '';
    const ready = readiness(node);
    if (bootID === '' || ready === undefined) continue;
    if (!boots.includes(bootID)) boots.push(bootID);
    const word = `${boots.indexOf(bootID) + 1}:${ready}`;
    if (told.at(-1) !== word) told.push(word);
  }
  return told.join(' ');
}
