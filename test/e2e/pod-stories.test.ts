/**
 * The life stories of a task's Pod, each as a real kubelet leaves it: what the Pod's status is then, what the node says, and that
 * no attempt is spent, nothing evicted, and other nodes go on.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { taskFacts } from '../../src/adapters/kubernetes/facts/task.ts';
import { taskPodRecord } from '../../src/adapters/kubernetes/facts/task-record.ts';
import type { RawPod } from '../../src/adapters/kubernetes/facts/pod.ts';
import type { TaskFacts } from '../../src/plan/facts.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import { storiesAtOnce } from './support/at-once.ts';
import type { Histories, History } from './support/history.ts';
import { openHistories } from './support/history.ts';
import { hangKubelet, runKubelet, stopKubelet } from './support/kubelet.ts';
import type { KubeletPods, SeenPod } from './support/kubelet-pods.ts';
import {
  endedBecause,
  endedIn,
  endedWith,
  isKilled,
  openKubeletPods,
  runs,
  waitsIn,
} from './support/kubelet-pods.ts';
import { killingEach, killProgram } from './support/processes.ts';
import type { Scene } from './support/scene.ts';
import { isReady, openScene } from './support/scene.ts';
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
import { taskPodsPath, untilTask } from './support/task-pod.ts';
import { kubectlPatience, patience, slow } from './support/waits.ts';

const within = patience(240_000);
const full = { maxPods: 1 };
const image = { imagePullError: 'registry is on fire' };
/** So slow that copies of its Pod start, and are told to stop, before it is done. */
const slowStage = { timings: { prepareMs: 25_000, bootMs: 500 } };
const fleet = ['full', 'image', 'peer', 'socket'];
const liars = ['liar-1', 'liar-2'] as const;

const { story, begin } = storiesAtOnce(12);

let scene: Scene;
let histories: Histories;
let pods: KubeletPods;
let views: History<View>;
let workload: Readonly<Record<string, string>>;
beforeAll(async () => {
  scene = await openScene('pods');
  const inFleet = { labels: { 'scene.containeros.dev/fleet': 'pods' } };
  await scene.addNodes({
    full: { ...inFleet, host: full },
    image: { ...inFleet, host: image },
    kept: {},
    lost: { host: { runtimeState: 'Lost' } },
    peer: inFleet,
    socket: inFleet,
    'liar-1': { host: { taskProgram: fails } },
    'liar-2': { host: { taskProgram: hang('liar-2') } },
    late: { host: { taskProgram: hang('late') } },
  });
  for (const node of [...fleet, 'kept', 'lost']) await scene.deploy(node, { replicas: 1, on: node });
  workload = await podsByNode();
  await scene.setHost('socket', { faults: { serverRestart: { how: 'Stop', downMs: 600_000 } } });
  histories = openHistories(scene.client);
  pods = await openKubeletPods(scene, histories);
  views = await histories.record<View>('/apis/containeros.dev/v1alpha1/containerosnodes', '');
  await scene.applyPolicy('fleet', {
    nodeSelector: { matchLabels: inFleet.labels },
    rollout: { soak: '1s' },
  });
  for (const name of [...liars, 'late']) await applyOwnPolicy(scene, 'Bottlerocket', name);
  begin();
}, patience(240_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

/** UIDs of the workload's Pods, by the node that they are bound to. */
async function podsByNode(): Promise<Readonly<Record<string, string>>> {
  const path = `/api/v1/namespaces/${scene.namespace}/pods?labelSelector=app`;
  const { items } = await scene.client.get<{
    items: readonly { metadata: { uid: string }; spec: { nodeName?: string } }[];
  }>(path);
  return Object.fromEntries(items.map(({ metadata, spec }) => [spec.nodeName ?? '', metadata.uid]));
}

type View = ApiObject & { readonly status?: NodeViewStatus };
const told = (name: string): readonly NodeViewStatus[] =>
  views().flatMap(({ object }) =>
    object.metadata.name === scene.full(name) && object.status !== undefined ? [object.status] : [],
  );

const untouched = { attempts: undefined, evicted: false, cordoned: false, claimed: false };

/** The view in which the node says it. The waits of scenes are so short that a busy computer may look only before and after that. */
const untilTold = (name: string, says: RegExp): Promise<NodeViewStatus> =>
  until(`${name} to say ${String(says)}`, () => told(name).find(({ because }) => says.test(because ?? '')), {
    withinMs: patience(60_000),
  });

/** What was done to a node by the time that it says, or has said, why it gives no answer. */
async function onceItSays(name: string, says: RegExp): Promise<object> {
  const { attempts } = await untilTold(name, says);
  const now = await podsByNode();
  const node = await scene.node(name);
  return {
    attempts,
    evicted: now[scene.full(name)] !== workload[scene.full(name)],
    cordoned: isCordoned(node),
    claimed: claimOf(node) !== undefined,
  };
}

const untilUpToDate = (name: string): Promise<NodeViewStatus> =>
  scene.untilView(name, ({ state }) => state === 'UpToDate', 120_000);
const untilRunning = (name: string): Promise<unknown> =>
  untilTask(scene, name, ({ status }) => status?.phase === 'Running');

/** What the operator reads in a Pod that it does not see, half a minute after it was made. */
const read = (pod: RawPod): TaskFacts =>
  taskFacts(taskPodRecord(pod), {
    ticks: 30_000,
    firstSeen: 0,
    firstSeenTicks: 0,
    nodeReady: true,
    missingSocketAfter: 30_000,
  });

/** Ends at SIGTERM, after a second. */
const hang = (mark: string): string =>
  `/* ${mark} */ process.on('SIGTERM', () => setTimeout(() => process.exit(143), 1000)); setInterval(() => {}, 1e6);`;
/** Does not end when it is told to. */
const stays = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6);";
const fails = "console.error('Error: no socket'); process.exit(1);";
const write = (text: string): string =>
  `require('node:fs').writeFileSync('/dev/termination-log', ${JSON.stringify(text)});`;

describe('the Pod of a task', () => {
  it(
    '1, done: its answer is read, and its node goes on to the new version',
    async () => {
      const { status } = await pods.left('done', 'peer', endedWith('"outcome":"Done"'));
      expect(status).toMatchObject({
        phase: 'Succeeded',
        containerStatuses: [
          {
            state: {
              terminated: {
                exitCode: 0,
                reason: 'Completed',
                message: expect.stringContaining('"protocol":1,'),
              },
            },
          },
        ],
      });
      const { because, attempts } = await untilUpToDate('peer');
      expect({ because, attempts }).toEqual({
        because: '1.26.1 is the newest that the node is offered',
        attempts: undefined,
      });
    },
    within,
  );

  it(
    '2, failed: the end of its log is told',
    story(async () => {
      expect(await onceItSays('liar-1', /^it failed with exit code 1: Error: no socket(;|$)/)).toEqual(
        untouched,
      );
      const { status } = await pods.left('failed', 'liar-1', endedWith('no socket'));
      expect(status).toMatchObject({
        phase: 'Failed',
        containerStatuses: [
          { state: { terminated: { exitCode: 1, reason: 'Error', message: 'Error: no socket\n' } } },
        ],
      });
    }, 'liar-1'),
    within,
  );

  it(
    '3, killed: the signal is told',
    story(async () => {
      await untilRunning('liar-2');
      // Also the next one, should the operator have given this one up by the time that its end is known.
      const said = killingEach(hang('liar-2'), () => onceItSays('liar-2', /^it was killed by signal 9(;|$)/));
      expect(await said).toEqual(untouched);
      // Not one that the operator has given up meanwhile, which ends in its own way.
      const { status } = await pods.left('killed', 'liar-2', (pod) => endedIn('Error')(pod) && isKilled(pod));
      expect(status).toMatchObject({
        phase: 'Failed',
        containerStatuses: [{ state: { terminated: { exitCode: 137, reason: 'Error' } } }],
      });
    }, 'liar-2'),
    within,
  );

  it(
    '4, too long a message: what the kubelet leaves of it is no answer, and is cut',
    story(async () => {
      const document = { protocol: 1, outcome: 'Done', os: 'Bottlerocket', message: 'm'.repeat(5000) };
      await runInTasks('liar-2', write(JSON.stringify(document)));
      expect(await onceItSays('liar-2', /^its message is not JSON: m{300,400}…(;|$)/)).toEqual(untouched);
      const { status } = await pods.left('too-long', 'liar-2', endedWith('mmm'));
      const message = status?.containerStatuses?.[0]?.state?.terminated?.message;
      expect(message).toHaveLength(4096);
      expect(status).toMatchObject({ phase: 'Succeeded' });
    }, 'liar-2'),
    within,
  );

  it(
    '5, no message: its exit code is told',
    story(async () => {
      await runInTasks('liar-1', '0');
      expect(await onceItSays('liar-1', /^it ended with exit code 0 and left no message(;|$)/)).toEqual(
        untouched,
      );
      const { status } = await pods.left('no-message', 'liar-1', endedIn('Completed'));
      expect(status).toMatchObject({
        phase: 'Succeeded',
        containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      });
      expect(status?.containerStatuses?.[0]?.state?.terminated).not.toHaveProperty('message');
    }, 'liar-1'),
    within,
  );

  it(
    '6, no JSON: the message is told',
    story(async () => {
      await runInTasks('liar-1', write('everything is fine'));
      expect(await onceItSays('liar-1', /^its message is not JSON: everything is fine(;|$)/)).toEqual(
        untouched,
      );
      const { status } = await pods.left('no-json', 'liar-1', endedWith('everything'));
      expect(status).toMatchObject({
        phase: 'Succeeded',
        containerStatuses: [{ state: { terminated: { exitCode: 0, message: 'everything is fine' } } }],
      });
    }, 'liar-1'),
    within,
  );

  it(
    '7, not admitted for lack of Pods: the node says that it is full',
    story(async () => {
      expect(await onceItSays('full', /^node is full, 1 of 1(;|$)/)).toEqual(untouched);
      const { status } = await pods.left('full', 'full', endedBecause('OutOfpods'));
      expect(status).toMatchObject({
        phase: 'Failed',
        message: expect.stringMatching(/^Pod was rejected: .*pods, requested: 1, used: 1, capacity: 1/),
      });
      expect(status).not.toHaveProperty('containerStatuses');
    }),
    within,
  );

  it(
    '8, its node shut down in the middle: it is told to stop and is repeated; none is admitted meanwhile',
    story(async () => {
      const name = 'down';
      const graceSeconds = 100;
      const host = { ...slowStage, shutdownGraceSeconds: graceSeconds, faults: {} };
      await addNode(scene, 'Bottlerocket', name, { host });
      await applyOwnPolicy(scene, 'Bottlerocket', name, { drain: { force: true } });
      await scene.untilView(name, ({ state }) => state === 'Staging');
      await untilRunning(name);
      const task = await ownTask(name);
      // The operator takes its own away before it has said its last.
      await pods.copy(task, 'told-to-stop');
      // The shutdown lasts for as long as this one does.
      await pods.copy(task, 'stays', {
        spec: { terminationGracePeriodSeconds: graceSeconds },
        container: { command: ['/nodejs/bin/node', '--eval', stays] },
      });
      const copies = ['pod/told-to-stop', 'pod/stays'];
      await scene.kubectl([
        ...['-n', scene.namespace, 'wait', ...copies],
        ...['--for=jsonpath={.status.phase}=Running', kubectlPatience(60_000)],
      ]);
      await scene.annotate(name, { 'lab.containeros.dev/reboot-now': 'a person shut it down' });

      await scene.untilNode(name, (node) => !isReady(node));
      await pods.copy(task, 'comes-late');
      const refused = await pods.left('shutting-down', name, endedBecause('NodeShutdown'));
      expect(refused.status?.message).toBe(
        'Pod was rejected: Pod was rejected as the node is shutting down.',
      );
      expect(read(refused).noAnswer).toMatchObject({ cause: 'NodeShutdown' });
      await killProgram(stays);

      const stopping = await pods.left(
        'stopping',
        name,
        (pod) => endedBecause('Terminated')(pod) && runs(pod),
      );
      expect(stopping.status).toMatchObject({
        phase: 'Failed',
        message: 'Pod was terminated in response to imminent node shutdown.',
        containerStatuses: [{ state: { running: {} } }],
      });
      const left = await pods.left('shut-down', name, endedWith('told to stop'));
      expect(left.status).toMatchObject({
        phase: 'Succeeded',
        containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      });
      expect(left.status).not.toHaveProperty('reason');
      expect(read(left).answer).toMatchObject({ outcome: 'Retry', reason: 'Terminated' });
      const says =
        /^(the node shut down under it|The Stage task was told to stop\.|the node is not Ready since )/;
      expect((await untilTold(name, says)).attempts).toBeUndefined();

      await scene.setHost(name, { timings: { prepareMs: 200, bootMs: 500 } });
      await expectUpdated(scene, 'Bottlerocket', name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 2 });
      await endStory(scene, name);
    }),
    within,
  );

  for (const { title, name, says, left, stories } of [
    {
      title: '9, its kubelet restarted over a runtime that kept its state: it counts as killed',
      name: 'kept',
      says: /^it was killed by signal 9(;|$)/,
      left: { exitCode: 137, reason: 'Error' },
      stories: 'kept',
    },
    {
      title: '10, its kubelet restarted over a runtime that lost its state: the node lost track of it',
      name: 'lost',
      says: /^the node lost track of it, as at a reboot(;|$)/,
      left: { exitCode: 137, reason: 'ContainerStatusUnknown' },
      stories: ['lost', 'lost-terminated'],
    },
  ] as const)
    it(
      `${title}, and nothing is spent`,
      story(async () => {
        await applyOwnPolicy(scene, 'Bottlerocket', name, { paused: true });
        await scene.untilView(name, ({ state }) => state === 'Outdated');
        await runInTasks(name, hang(name));
        await applyOwnPolicy(scene, 'Bottlerocket', name);
        await scene.untilView(name, ({ state }) => state === 'Staging');
        await untilRunning(name);
        await stopKubelet(scene, name);
        await runInTasks(name, undefined);
        await runKubelet(scene, name);
        expect(await onceItSays(name, says)).toEqual(untouched);
        const { status } = await pods.left(stories, name, endedIn(left.reason));
        const [{ state, lastState } = {}] = status?.containerStatuses ?? [];
        expect({
          phase: status?.phase,
          terminated: state?.terminated ?? lastState?.terminated,
        }).toMatchObject({
          phase: 'Failed',
          terminated: left,
        });
        await expectHealed(name);
      }),
      within,
    );

  it(
    '11, deleted while running: its end is awaited, and it is repeated',
    story(async () => {
      await runInTasks('liar-2', hang('liar-2 again'));
      await untilRunning('liar-2');
      const { metadata } = await ownTask('liar-2');
      await runInTasks('liar-2', undefined);
      await scene.client.remove(`${taskPodsPath}/${metadata.name}`);
      expect(await onceItSays('liar-2', /^its Inspect task is going away(;|$)/)).toEqual(untouched);
      const { status } = await pods.left(
        'deleted',
        'liar-2',
        (pod) => pod.metadata.uid === metadata.uid && endedIn('Error')(pod),
      );
      expect(status).toMatchObject({
        phase: 'Failed',
        containerStatuses: [{ state: { terminated: { exitCode: 143, reason: 'Error' } } }],
      });
    }, 'liar-2'),
    within,
  );

  it(
    "12, past its deadline: the operator's and the kubelet's own are both told",
    story(async () => {
      await untilRunning('late');
      await pods.copy(await ownTask('late'), 'late', {
        spec: { activeDeadlineSeconds: 2, terminationGracePeriodSeconds: 5 },
        container: { command: ['/nodejs/bin/node', '--eval', hang('late copy')] },
      });
      const left = await pods.left(
        'deadline',
        'late',
        (pod) => endedBecause('DeadlineExceeded')(pod) && endedIn('Error')(pod),
      );
      expect(left.status).toMatchObject({
        phase: 'Failed',
        message: 'Pod was active on the node longer than the specified deadline',
      });
      expect(read(left).noAnswer).toEqual({
        cause: 'DeadlineExceeded',
        sentence: 'it took longer than its deadline',
      });
      // The kubelet is a little more patient: the operator's word comes first.
      const says = slow ? /^no answer within 5m(;|$)/ : /^no answer within 25s(;|$)/;
      expect(await onceItSays('late', says)).toEqual(untouched);
      await expectHealed('late');
    }),
    within,
  );

  it(
    '13, its image cannot be pulled: what the registry says is told',
    story(async () => {
      expect(await onceItSays('image', /^its image cannot be pulled: .*registry is on fire/)).toEqual(
        untouched,
      );
      const { status } = await pods.left('image', 'image', waitsIn('ErrImagePull'));
      expect(status).toMatchObject({
        phase: 'Pending',
        containerStatuses: [
          { state: { waiting: { message: expect.stringContaining('registry is on fire') } } },
        ],
      });
    }),
    within,
  );

  it(
    '14, its socket is missing: the socket is named',
    story(async () => {
      expect(await onceItSays('socket', /^the socket \/run\/api\.sock is not there on the node/)).toEqual(
        untouched,
      );
      const { status } = await pods.left('socket', 'socket', waitsIn('ContainerCreating'));
      await scene.setHost('socket', { faults: { serverRestart: { how: 'Stop', downMs: 100 } } });
      expect(status).toMatchObject({ phase: 'Pending' });
      expect(status?.conditions).toContainEqual({ type: 'PodReadyToStartContainers', status: 'False' });
    }),
    within,
  );

  it(
    '15, started only after the boot: the guard refuses it, and the operator takes its own away',
    story(async () => {
      const name = 'boot';
      await addNode(scene, 'Bottlerocket', name);
      const pod = await addSlowPod(scene, name);
      await applyOwnPolicy(scene, 'Bottlerocket', name, { drain: { force: true } });
      await pod.untilEvicted();
      await hangKubelet(scene, name);
      await pod.removeByForce();
      await untilTask(
        scene,
        name,
        ({ metadata: { labels } }) => labels?.['containeros.dev/task'] === 'Reboot',
      );
      await pods.copy(await ownTask(name), 'after-boot');
      await scene.annotate(name, { 'lab.containeros.dev/reboot-now': 'power cut' });

      const left = await pods.left('after-boot', name, endedWith('WrongBoot'));
      expect(left.status).toMatchObject({ phase: 'Succeeded' });
      expect(read(left).answer).toMatchObject({
        outcome: 'Failed',
        reason: 'WrongBoot',
        message: expect.stringMatching(/^The reboot was ordered for boot \S+, this is boot \S+\.$/),
      });
      const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
      expect(view.attempts).toMatchObject([
        { count: 1, reason: 'FellBack', message: 'it came back on 1.25.0 instead of 1.26.1' },
      ]);
      expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
      expect(reboots(scene, name)).toEqual({ asked: 0, down: 1 });
      await runKubelet(scene, name);
      await retry(scene, name, 'again');
      await expectUpdated(scene, 'Bottlerocket', name);
      expect(reboots(scene, name)).toEqual({ asked: 1, down: 2 });
      await endStory(scene, name);
    }),
    within,
  );
});

describe('a fleet in which some nodes give no answer', () => {
  it(
    'goes on elsewhere, its MESSAGE names an obstacle, and in the end each node is updated',
    story(async () => {
      await untilUpToDate('peer');
      // The states in between name another, say a node that is about to go down.
      const obstacle =
        /^pods-(full: node is full|image: its image|socket: the socket \/run\/api\.sock is not there)/;
      await scene.untilStatus('fleet', ({ message }) => obstacle.test(message ?? ''));
      for (const name of ['full', 'image'])
        expect((await scene.untilView(name, ({ state }) => state === 'Unknown')).version).toBe('1.25.0');

      // Only now: so these two stood in nobody's way.
      await scene.setHost('full', { maxPods: 110 });
      await scene.setHost('image', { imagePullError: undefined });
      for (const name of fleet) await untilUpToDate(name);
    }),
    within,
  );

  for (const name of liars)
    it(
      `also ${name}, once it runs the real program again`,
      story(() => expectHealed(name), name),
      within,
    );
});

describe('a task Pod that admission refuses', () => {
  it(
    'is named with the value of the chart that would allow it, and comes when the policy needs it no more',
    story(async () => {
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
    }),
    within,
  );
});

describe('a Reboot Pod without an answer', () => {
  it(
    'that never got its image is not repeated: the node waits until the order is void',
    story(async () => {
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
    }),
    within,
  );

  it(
    'that its node lost track of is not repeated: the node waits until the order is void',
    story(async () => {
      const name = 'reboot-lost';
      const os = 'ContainerOptimizedOS';
      await addNode(scene, os, name, { host: { runtimeState: 'Lost', faults: { rebootIgnored: true } } });
      await applyOwnPolicy(scene, os, name);
      await scene.untilNode(name, (node) => claimOf(node)?.order !== undefined, 90_000);
      await untilRunning(name);
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
    }),
    within,
  );
});

async function ownTask(name: string): Promise<SeenPod> {
  const { uid } = (await scene.node(name)).metadata;
  return scene.client.get<SeenPod>(`${taskPodsPath}/task-${uid}`);
}

/** The next task Pods of the node run this; with nothing, what they are made for. */
async function runInTasks(name: string, taskProgram: string | undefined): Promise<void> {
  await scene.setHost(name, { taskProgram });
}

/** The node runs the real program, and is updated by it. */
async function expectHealed(name: string): Promise<void> {
  await runInTasks(name, undefined);
  await expectUpdated(scene, 'Bottlerocket', name);
  await endStory(scene, name);
}

async function expectVoid(name: string): Promise<void> {
  expectPutBack(await scene.untilNode(name, (node) => !isCordoned(node)));
  const view = await scene.untilView(name, ({ attempts }) => attempts !== undefined);
  expect(view.attempts).toMatchObject([{ count: 1, reason: 'OrderVoid' }]);
  expect(reboots(scene, name)).toEqual({ asked: 0, down: 0 });
}
