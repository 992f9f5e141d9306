/**
 * What a node says may be anything: each lie gets a sentence, and nothing follows from it. Its kubelet is stopped in its tracks, and
 * the test writes the Pod's status as that node, as whoever has broken into a node could. What a real kubelet makes of a program that
 * says nothing, nonsense or too much is in pod-stories.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import type { Histories, History } from './support/history.ts';
import { openHistories } from './support/history.ts';
import type { Scene } from './support/scene.ts';
import { asNode } from './support/as-node.ts';
import { openScene } from './support/scene.ts';
import { hangKubelet, runKubelet } from './support/kubelet.ts';
import { addNode, applyOwnPolicy, endStory, expectPutBack, expectUpdated } from './support/story.ts';
import { taskPodsPath, untilTask } from './support/task-pod.ts';
import { patience } from './support/waits.ts';

const within = patience(180_000);
const names = ['liar-1', 'liar-2'] as const;

type View = ApiObject & { readonly status?: NodeViewStatus };

let scene: Scene;
let histories: Histories;
let views: History<View>;
beforeAll(async () => {
  scene = await openScene('wrong-answers');
  histories = openHistories(scene.client);
  views = await histories.record<View>('/apis/containeros.dev/v1alpha1/containerosnodes', '');
  for (const name of names) {
    await addNode(scene, 'Bottlerocket', name);
    await hangKubelet(scene, name);
    await applyOwnPolicy(scene, 'Bottlerocket', name);
  }
}, patience(120_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

const document = {
  protocol: 1,
  outcome: 'Done',
  os: 'Bottlerocket',
  version: '1.25.0',
  available: '1.26.1',
  bootID: randomUUID(),
  now: new Date().toISOString(),
  message: 'all is well',
  seconds: 1,
};
const lie = (changed: object): string => JSON.stringify({ ...document, ...changed });

interface Lie {
  readonly message: string;
  readonly says: RegExp;
}

/** On each node one after the other, in the time in which a silent kubelet still counts as Ready. */
const lies: Readonly<Record<(typeof names)[number], readonly Lie[]>> = {
  'liar-1': [
    { message: lie({ protocol: 2 }), says: /^its message speaks protocol 2, expected 1: / },
    { message: lie({ message: 'x'.repeat(5000) }).slice(0, 4096), says: /^its message is not JSON: / },
    { message: lie({ outcome: 'Maybe' }), says: /^its message is not an answer \(outcome: / },
  ],
  'liar-2': [
    { message: lie({ bootID: 'forged' }), says: /^it answered for boot forged, the node shows / },
    {
      message: lie({ outcome: 'Failed', message: '\u001b[31mred\u0007\r\nalert\u009b' }),
      says: /^\[31mred alert(;|$)/,
    },
  ],
};

describe('a task Pod whose message is wrong', () => {
  it.concurrent.each(names)(
    'is told on %s in a clean sentence, spends no attempt and is asked again later',
    async (name) => {
      const uids: string[] = [];
      for (const one of lies[name]) {
        uids.push(await answer(name, one));
        expectClean(await untilTold(name, one.says));
        expectPutBack(await scene.node(name));
      }
      expect(new Set(uids).size).toBe(lies[name].length);

      await runKubelet(scene, name);
      await expectUpdated(scene, 'Bottlerocket', name);
      await endStory(scene, name);
    },
    within,
  );
});

/** Writes the lie into the next task Pod's status as its node; answers the Pod's UID. */
async function answer(name: string, { message }: Lie): Promise<string> {
  const { metadata } = await untilTask(
    scene,
    name,
    (pod) => pod.metadata.deletionTimestamp === undefined && pod.status?.phase === 'Pending',
  );
  const terminated = { exitCode: 0, message, reason: 'Completed' };
  const container = {
    name: 'task',
    image: '',
    imageID: '',
    ready: false,
    restartCount: 0,
    state: { terminated },
  };
  const status = { phase: 'Succeeded', containerStatuses: [container] };
  const node = asNode(scene, name);
  try {
    const body = { metadata: { uid: metadata.uid }, status };
    await node.patch(`${taskPodsPath}/${metadata.name}/status`, 'merge', body);
  } finally {
    node.close();
  }
  return metadata.uid;
}

/** The view in which the node says it. A busy computer may look at it before and after that only. */
const untilTold = (name: string, says: RegExp): Promise<NodeViewStatus> =>
  until(
    `${name} to say ${String(says)}`,
    () =>
      views()
        .flatMap(({ object }) =>
          object.metadata.name === scene.full(name) && object.status !== undefined ? [object.status] : [],
        )
        .find(({ because = '' }) => says.test(because)),
    { withinMs: patience(60_000) },
  );

/** Nothing of the lie is believed or shown raw. */
function expectClean(view: NodeViewStatus): void {
  const text = JSON.stringify(view);
  // oxlint-disable-next-line no-control-regex -- they are what must not be there
  expect(view.because).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  expect(text.length).toBeLessThan(2000);
  expect(view.attempts).toBeUndefined();
  expect(view.staged).toBeUndefined();
}
