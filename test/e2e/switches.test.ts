/**
 * The switches of the simulated hosts whose outcome is the operator's, and every way in which a machine comes back: one row each,
 * with the state, the reason and the sentence in which it ends, while other nodes of the same policy go on. What else becomes of a
 * failure is in failures.test.ts, failures-after-reboot.test.ts and orders.test.ts; what a task makes of each switch by itself is in
 * the adapters' own tests.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Attempts, NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { OsName } from '../../src/api/os.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import { storiesAtOnce } from './support/at-once.ts';
import { expectHalted, expectRetryClears, expectSlotFree } from './support/failure.ts';
import type { Histories, History } from './support/history.ts';
import { openHistories } from './support/history.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import {
  addNode,
  applyOwnPolicy,
  endStory,
  expectPutBack,
  expectUpdated,
  isCordoned,
  reboots,
  retry,
  versions,
} from './support/story.ts';
import { untilRuns } from './support/task-pod.ts';
import { patience } from './support/waits.ts';
import * as bottlerocket from './switches/bottlerocket.ts';
import { peerOf, startChain } from './switches/chain.ts';
import * as cos from './switches/cos.ts';
import {
  expectCameBack,
  isBack,
  type NodeRevision,
  ofFleets,
  startFleet,
  type View,
} from './switches/fleet.ts';
import type { Chain, Switch } from './switches/row.ts';
import { variants } from './switches/variants.ts';

const within = patience(300_000);
const b = 'Bottlerocket';
const c = 'ContainerOptimizedOS';

/** More at a time, and a Pod takes longer to start than an order is valid. */
const { story, begin } = storiesAtOnce(9);

let scene: Scene;
let histories: Histories;
let views: History<View>;
let nodes: History<NodeRevision>;
beforeAll(async () => {
  scene = await openScene('switches');
  histories = openHistories(scene.client);
  views = await histories.record<View>('/apis/containeros.dev/v1alpha1/containerosnodes', '');
  nodes = await histories.record<NodeRevision>('/api/v1/nodes', ofFleets);
  begin();
}, patience(60_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

const chains = [...bottlerocket.chains, ...cos.chains];
async function turnOn({ node, os }: Chain, { is, faults = {}, host, labels }: Switch): Promise<void> {
  await scene.setHost(node, { offers: [versions[os].to], ...host, faults });
  const path = `/api/v1/nodes/${scene.full(node)}`;
  await scene.client.patch(path, 'merge', {
    metadata: { labels: { [cos.gke]: null, [bottlerocket.otherOperator]: null, ...labels } },
  });
  await retry(scene, node, is);
}

const fleets = ([b, c] as const).map((os) => ({ os, policy: `variants-${os === b ? 'b' : 'c'}` }));

describe('a host', () => {
  for (const chain of chains) {
    const { node, os, switches, peer } = chain;
    for (const one of switches)
      it(
        `of ${os} with ${one.is} says so, and keeps its node in service`,
        story(() => expectSaid(chain, one), node),
        within,
      );
    it(
      `of ${os} with ${peer.with} is updated meanwhile, without an attempt spent`,
      story(() => expectUpdatedAtOnce(peerOf(node), os), node),
      within,
    );
    it(
      `of ${os} that had all of this is updated once it is well (${node})`,
      story(async () => {
        await turnOn(chain, { is: 'nothing', state: 'UpToDate', because: /./ });
        await untilUpToDate(node, os);
        expectPutBack(await scene.node(node));
        expect(reboots(scene, node)).toEqual({ asked: 1, down: 1 });
        await endStory(scene, node);
        await endStory(scene, peerOf(node));
      }, node),
      within,
    );
  }

  it(
    'of ContainerOptimizedOS on Arm says so without having been asked',
    story(async () => {
      await addNode(scene, c, 'arm', { host: { architecture: 'arm64' } });
      await applyOwnPolicy(scene, c, 'arm');
      const view = await scene.untilView('arm', ({ state }) => state === 'Unsupported');
      expect(view).toMatchObject({
        reason: 'Arm',
        because: 'Arm images of this OS cannot be updated in place; replace the VM image',
      });
      expect(view).not.toHaveProperty('inspectedAt');
      await endStory(scene, 'arm');
    }),
    within,
  );
});

describe('a fleet whose machines come back in every way at once', () => {
  for (const { os, policy } of fleets)
    it(
      `of ${os} is updated, each node in its own slot and in its own way, while one stays away`,
      story(async () => {
        const fleet = await startFleet(scene, os, policy);
        const status = await scene.untilStatus(
          policy,
          ({ upToDate, claims }) => upToDate === variants.length - 1 && claims?.length === 1,
          240_000,
        );
        expect(status).toMatchObject({
          progress: `${variants.length - 1}/${variants.length}`,
          failures: [],
          claims: [{ node: scene.full(fleet.away), phase: 'Reserved' }],
        });
        const away = await scene.untilView(
          fleet.away,
          ({ because }) => because === 'the node went down; waits for it to come back',
        );
        expect(away.state).toBe('Rebooting');
        expect(isCordoned(await scene.node(fleet.away))).toBe(true);
        await scene.setHost(fleet.away, { reboot: 'Fast' });
        await scene.untilStatus(
          policy,
          ({ upToDate, claims }) => upToDate === variants.length && !claims?.length,
        );

        for (const { name, ...variant } of fleet.nodes) {
          expectPutBack(await scene.node(name));
          // How long a kubelet of the lab takes to start may be too long for its soak; that is no attempt at the update.
          const attempts = attemptsOf(name).filter(({ reason }) => reason !== 'UnhealthyDuringSoak');
          expect({ name, ...reboots(scene, name), attempts }).toEqual({
            name,
            asked: 1,
            down: 1,
            attempts: [],
          });
          const all = () => ({ views: revisions(views, name), nodes: revisions(nodes, name) });
          // What is missing after that is told by what follows.
          await until(name, () => isBack(variant, all()), { withinMs: patience(60_000) }).catch(() => 0);
          expectCameBack(variant, all(), versions[os]);
        }
        await scene.deletePolicy(policy);
        await scene.kubectl([
          'delete',
          'node',
          '--wait=false',
          ...fleet.nodes.map(({ name }) => scene.full(name)),
        ]);
      }),
      within,
    );
});

describe('a host that is odd', () => {
  for (const restart of bottlerocket.restarts)
    it(
      `of ${b} whose API server restarts (${restart.how}) in the middle of a Stage is staged by another Pod, without an attempt spent`,
      story(async () => {
        const node = `restarts-${restart.how.toLowerCase()}`;
        await addNode(scene, b, node, { host: { timings: { prepareMs: 8000, bootMs: 500 } } });
        await applyOwnPolicy(scene, b, node);
        // One that has not started yet would wait for the socket.
        await untilRuns(scene, node, 'Stage');
        await scene.setHost(node, { faults: { serverRestart: restart } });
        await expectUpdatedAtOnce(node, b);
        expect(told(node).map(({ reason }) => reason)).toContain('SocketGone');
        await expectUpdated(scene, b, node);
        await endStory(scene, node);
      }),
      within,
    );

  for (const { os, node, with: trouble, faults, spec = {} } of cos.alone)
    it(
      `of ${os} with ${trouble} is updated, without an attempt spent`,
      story(async () => {
        await addNode(scene, os, node, { host: { faults } });
        await applyOwnPolicy(scene, os, node, spec);
        await expectUpdatedAtOnce(node, os);
        await expectUpdated(scene, os, node);
        await endStory(scene, node);
      }),
      within,
    );
});

describe('a host that does not do what its Reboot task asks of it', () => {
  for (const { node, faults, reason, says, reboots: count } of bottlerocket.spent)
    it(
      `(${b}, ${node}) puts the node back, counts, and halts its policy`,
      story(async () => {
        await addNode(scene, b, node, { host: { faults } });
        await applyOwnPolicy(scene, b, node);
        const view = await scene.untilView(node, ({ attempts }) => attempts !== undefined);
        expect(view.attempts).toMatchObject([{ count: 1, reason, message: expect.stringMatching(says) }]);
        expectPutBack(await scene.untilNode(node, (now) => !isCordoned(now)));
        await expectHalted(scene, node, reason);
        await expectSlotFree(scene, node);
        expect(reboots(scene, node)).toEqual({ asked: count, down: count });
        await expectRetryClears(scene, node, b);
      }),
      within,
    );
});

async function expectSaid(chain: Chain, one: Switch): Promise<void> {
  const { node, switches } = chain;
  const first = one === switches[0];
  const before = told(node).length;
  if (first) await startChain(scene, chain);
  else await turnOn(chain, one);

  // The waits of scenes are so short that a busy computer may look at the view before and after a sentence only.
  const view = await until(
    `${node} to say ${String(one.because)}`,
    () =>
      told(node)
        .slice(before)
        .find(({ state, because }) => state === one.state && one.because.test(because ?? '')),
    { withinMs: patience(90_000) },
  );
  expect(view.reason).toBe(one.reason ?? one.attempt);
  expect(view.attempts?.map(({ count, reason }) => ({ count, reason }))).toEqual(
    one.attempt === undefined ? undefined : [{ count: 1, reason: one.attempt }],
  );
  expectPutBack(await scene.node(node));
  const { failures = [] } = await scene.untilStatus(
    node,
    ({ unsupported, claims = [] }) =>
      unsupported === (one.state === 'Unsupported' ? 1 : 0) &&
      // Its slot is free until it tries again.
      (one.goesOn === true || !claims.some(({ node: claimed }) => claimed === scene.full(node))),
  );
  expect(failures).toEqual([]);
  if (!first && one.state === 'Unknown')
    await scene.untilStatus(node, ({ message = '' }) => message.startsWith(`${scene.full(node)}: `));
}

const untilUpToDate = (name: string, os: OsName): Promise<NodeViewStatus> =>
  scene.untilView(name, ({ state, version }) => state === 'UpToDate' && version === versions[os].to, 150_000);

/** By one reboot, with no attempt spent on the way. */
async function expectUpdatedAtOnce(node: string, os: OsName): Promise<void> {
  await untilUpToDate(node, os);
  expectPutBack(await scene.node(node));
  expect(attemptsOf(node)).toEqual([]);
  expect(reboots(scene, node)).toEqual({ asked: 1, down: 1 });
}

/** Every attempt that any revision of the node's view told of. */
const attemptsOf = (node: string): readonly Attempts[] =>
  told(node).flatMap(({ attempts }) => attempts ?? []);
const told = (node: string): readonly NodeViewStatus[] =>
  revisions(views, node).flatMap(({ status }) => (status === undefined ? [] : [status]));
const revisions = <T extends ApiObject>(history: History<T>, node: string): readonly T[] =>
  history().flatMap(({ object }) => (object.metadata.name === scene.full(node) ? [object] : []));
