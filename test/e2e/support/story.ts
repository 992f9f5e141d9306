/** A story is one node with a policy of its own, so that a halt in one story is nobody else's. */
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { OsName } from '../../../src/api/os.ts';
import { type Claim, parseClaim } from '../../../src/api/claim.ts';
import { claimKey, doNotDisruptKey, retryKey, scaleDownDisabledKey } from '../../../src/api/keys.ts';
import { readJournal } from '../../lab/machine/reboot-journal.ts';
import type { RawNode, Scene, SceneNode } from './scene.ts';
import { sharedStage } from './scene.ts';

/** What the usual hosts of a scene run, and what they are offered. */
export const versions = {
  Bottlerocket: { from: '1.25.0', to: '1.26.1' },
  ContainerOptimizedOS: { from: '18613.164.4', to: '18613.164.98' },
} as const;

/** A node, and what the story needs on it before its policy is applied. */
export async function addNode(scene: Scene, os: OsName, name: string, node: SceneNode = {}): Promise<void> {
  await scene.addNodes({ [name]: { ...node, host: { ...node.host, os } } });
}

/** A policy of the node's name that selects this node only. */
export async function applyOwnPolicy(
  scene: Scene,
  os: OsName,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const nodeSelector = { matchLabels: { 'kubernetes.io/hostname': scene.full(name) } };
  await scene.applyPolicy(name, { os, nodeSelector, ...spec, rollout: { soak: '1s', ...rolloutOf(spec) } });
}

const rolloutOf = (spec: Readonly<Record<string, unknown>>): object =>
  typeof spec['rollout'] === 'object' ? { ...spec['rollout'] } : {};

export const retry = (scene: Scene, name: string, text: string): Promise<void> =>
  scene.annotate(name, { [retryKey]: text });

/** The claim on a node, if there is a readable one. */
export function claimOf(node: RawNode): Claim | undefined {
  const read = parseClaim(node.metadata.annotations?.[claimKey] ?? '');
  return 'claim' in read ? read.claim : undefined;
}

export const isCordoned = (node: RawNode): boolean => node.spec?.unschedulable === true;

/** How often a reboot call made the machine plan to go down (an ignored one does not), and how often it went down. */
export function reboots(scene: Scene, name: string): { readonly asked: number; readonly down: number } {
  const journal = readJournal(join(sharedStage().dir, 'nodes', scene.full(name)));
  const count = (event: string): number => journal.filter((entry) => entry.event === event).length;
  return { asked: count('asked'), down: count('down') };
}

/** Waits until the node runs the new version and nothing of ours is left on it or in its policy. */
export async function expectUpdated(scene: Scene, os: OsName, name: string): Promise<void> {
  const status = await scene.untilStatus(
    name,
    ({ upToDate, claims }) => upToDate === 1 && !claims?.length,
    150_000,
  );
  expect(status).toMatchObject({ progress: '1/1', versions: { [versions[os].to]: 1 }, failures: [] });
  const view = await scene.untilView(name, ({ state }) => state === 'UpToDate');
  expect(view.version).toBe(versions[os].to);
  expectPutBack(await scene.node(name));
}

/** In service, without a claim or anything that came with one. */
export function expectPutBack(node: RawNode): void {
  const left = [claimKey, doNotDisruptKey, scaleDownDisabledKey].filter(
    (key) => key in (node.metadata.annotations ?? {}),
  );
  expect({ cordoned: isCordoned(node), left }).toEqual({ cordoned: false, left: [] });
}

/** Frees what the story used, so that later ones have the machine to themselves. */
export async function endStory(scene: Scene, name: string): Promise<void> {
  await scene.deletePolicy(name);
  await scene.kubectl(['delete', 'node', scene.full(name), '--ignore-not-found', '--wait=false']);
}
