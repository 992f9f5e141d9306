/** Task Pods that give no answer: the node says why, nothing is evicted, no attempt is spent, other nodes go on. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import { runKubelet, stopKubelet } from './support/kubelet.ts';
import { addSlowPod } from './support/slow-pod.ts';
import {
  addNode,
  applyOwnPolicy,
  claimOf,
  endStory,
  expectPutBack,
  expectUpdated,
  isCordoned,
  reboots,
  retry,
} from './support/story.ts';
import { untilTask } from './support/task-pod.ts';
import { patience } from './support/waits.ts';

const within = patience(240_000);
const full = { maxPods: 1 };
const image = { imagePullError: 'registry is on fire' };
const slowStage = { runtimeState: 'Lost', timings: { prepareMs: 15_000, bootMs: 500 } };
const fleet = ['full', 'image', 'lost', 'peer', 'socket'];

let scene: Scene;
let workload: Readonly<Record<string, string>>;
beforeAll(async () => {
  scene = await openScene('no-answer');
  const inFleet = { labels: { 'scene.containeros.dev/fleet': 'no-answer' } };
  await scene.addNodes({
    full: { ...inFleet, host: full },
    image: { ...inFleet, host: image },
    lost: { ...inFleet, host: slowStage },
    peer: inFleet,
    socket: inFleet,
  });
  for (const node of fleet) await scene.deploy(node, { replicas: 1, on: node });
  workload = await podsByNode();
  await scene.setHost('socket', { faults: { serverRestart: { how: 'Stop', downMs: 40_000 } } });
  await scene.applyPolicy('fleet', {
    nodeSelector: { matchLabels: inFleet.labels },
    rollout: { soak: '1s' },
  });
}, 180_000);
afterAll(() => scene.close(), 60_000);

/** UIDs of the workload's Pods, by the node that they are bound to. */
async function podsByNode(): Promise<Readonly<Record<string, string>>> {
  const path = `/api/v1/namespaces/${scene.namespace}/pods`;
  const { items } = await scene.client.get<{
    items: readonly { metadata: { uid: string }; spec: { nodeName?: string } }[];
  }>(path);
  return Object.fromEntries(items.map(({ metadata, spec }) => [spec.nodeName ?? '', metadata.uid]));
}

const untouched = { attempts: undefined, evicted: false, cordoned: false, claimed: false };

/** What was done to a node by the time that it says why it gives no answer. */
async function onceItSays(name: string, says: RegExp): Promise<object> {
  const { attempts } = await scene.untilView(name, ({ because }) => says.test(because ?? ''));
  const pods = await podsByNode();
  const node = await scene.node(name);
  return {
    attempts,
    evicted: pods[scene.full(name)] !== workload[scene.full(name)],
    cordoned: isCordoned(node),
    claimed: claimOf(node) !== undefined,
  };
}

const untilUpToDate = (name: string): Promise<unknown> =>
  scene.untilView(name, ({ state }) => state === 'UpToDate', 120_000);

describe('a fleet in which some nodes give no answer', () => {
  it.concurrent(
    'goes on elsewhere, and its MESSAGE names an obstacle',
    async () => {
      await untilUpToDate('peer');
      const { message } = await scene.untilStatus(
        'fleet',
        (status) => status.message?.startsWith('no-answer-') ?? false,
      );
      expect(message).toMatch(/^no-answer-(full: node is full|image: its image|lost: |socket: )/);
      expect(await scene.view('full')).toMatchObject({ state: 'Unknown' });
      expect(await scene.view('image')).toMatchObject({ state: 'Unknown' });

      // Only now: so these two stood in nobody's way.
      await scene.setHost('full', { maxPods: 110 });
      await scene.setHost('image', { imagePullError: undefined });
      for (const name of fleet) await untilUpToDate(name);
    },
    within,
  );

  it.concurrent(
    'says that a node is full',
    async () => {
      expect(await onceItSays('full', /^node is full, 1 of 1(;|$)/)).toEqual(untouched);
    },
    within,
  );

  it.concurrent(
    'says that the image cannot be pulled',
    async () => {
      expect(await onceItSays('image', /^its image cannot be pulled: .*registry is on fire/)).toEqual(
        untouched,
      );
    },
    within,
  );

  it.concurrent(
    'says that the socket is missing',
    async () => {
      expect(await onceItSays('socket', /^the socket \/run\/api\.sock is not there on the node/)).toEqual(
        untouched,
      );
    },
    within,
  );

  it.concurrent(
    'says that the node lost track of a task, and repeats a Stage without spending an attempt',
    async () => {
      await scene.untilView('lost', ({ state }) => state === 'Staging');
      await untilTask(scene, 'lost', ({ status }) => status?.phase === 'Running');
      await stopKubelet(scene, 'lost');
      await runKubelet(scene, 'lost');
      expect(await onceItSays('lost', /^the node lost track of it, as at a reboot/)).toEqual(untouched);
    },
    within,
  );
});

describe('a task Pod that admission refuses', () => {
  it.concurrent(
    'is named with the value of the chart that would allow it, and comes when the policy needs it no more',
    async () => {
      const name = 'nsenter';
      const os = 'ContainerOptimizedOS';
      await addNode(scene, os, name);
      await applyOwnPolicy(scene, os, name, { containerOptimizedOS: { hostCommand: 'Nsenter' } });
      const { state } = await scene.untilView(name, ({ because }) =>
        /^its Inspect task was refused: the admission policy container-os-operator-task-pods does not allow it: .* the chart's value containerOptimizedOS\.nsenter is true, which hostCommand: Nsenter of a policy needs; the next/.test(
          because ?? '',
        ),
      );
      expect(state).toBe('Unknown');
      expectPutBack(await scene.node(name));
      await applyOwnPolicy(scene, os, name);
      await expectUpdated(scene, os, name);
      await endStory(scene, name);
    },
    within,
  );
});

describe('a Reboot Pod without an answer', () => {
  it.concurrent(
    'that never got its image is not repeated: the node waits until the order is void',
    async () => {
      const name = 'reboot-image';
      await addNode(scene, 'Bottlerocket', name);
      const pod = await addSlowPod(scene, name);
      await applyOwnPolicy(scene, 'Bottlerocket', name, { drain: { force: true } });
      await pod.untilEvicted();
      await scene.setHost(name, image);
      await pod.removeByForce();

      await scene.untilView(name, ({ because }) =>
        /^its image cannot be pulled: .*; order not yet void \(/.test(because ?? ''),
      );
      await expectVoid(name);
      await scene.setHost(name, { imagePullError: undefined });
      await retry(scene, name, 'the registry is back');
      await expectUpdated(scene, 'Bottlerocket', name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await endStory(scene, name);
    },
    within,
  );

  it.concurrent(
    'that its node lost track of is not repeated: the node waits until the order is void',
    async () => {
      const name = 'reboot-lost';
      const os = 'ContainerOptimizedOS';
      await addNode(scene, os, name, { host: { runtimeState: 'Lost', faults: { rebootIgnored: true } } });
      await applyOwnPolicy(scene, os, name);
      await scene.untilNode(name, (node) => claimOf(node)?.order !== undefined, 90_000);
      await untilTask(scene, name, ({ status }) => status?.phase === 'Running');
      await stopKubelet(scene, name);
      await runKubelet(scene, name);

      await scene.untilView(
        name,
        ({ because }) =>
          because?.startsWith('the node lost track of it, as at a reboot; order not yet void (') ?? false,
      );
      await expectVoid(name);
      await scene.setHost(name, { faults: {} });
      await retry(scene, name, 'the host reboots again');
      await expectUpdated(scene, os, name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 1 });
      await endStory(scene, name);
    },
    within,
  );
});

async function expectVoid(name: string): Promise<void> {
  expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
  const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
  expect(view.attempts).toMatchObject([{ count: 1, reason: 'OrderVoid' }]);
  expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
}
