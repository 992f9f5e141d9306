/** Rollouts over a connection and a server that misbehave in each way that the API's clients must live with. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../lab/process/until.ts';
import type { Call, Hooks } from './support/fault-proxy.ts';
import { isWatch } from './support/fault-proxy.ts';
import type { OperatorProcess } from './support/operator-process.ts';
import type { OwnLab } from './support/own-lab.ts';
import { openOwnLab } from './support/own-lab.ts';
import type { RolloutScene } from './support/rollout-scene.ts';
import { openRolloutScene } from './support/rollout-scene.ts';
import { strike } from './support/strike.ts';
import { patience } from './support/waits.ts';

let own: OwnLab;
let stage: RolloutScene;
let operator: OperatorProcess;
let probes = 0;
beforeAll(async () => {
  own = await openOwnLab();
  stage = await openRolloutScene(own, ['a', 'b']);
  operator = await stage.start({ watchSilence: '15s' });
}, patience(240_000));
afterAll(() => own.close(), patience(60_000));

const isLease = ({ path }: Call): boolean => path.includes('/leases');
const isWrite = ({ method }: Call): boolean => method !== 'GET';
/** `Too many requests`, as the server's priority and fairness says it. */
const slowDown = {
  status: 429,
  headers: { 'retry-after': '1' },
  body: 'Too many requests, please try again later.',
};
const expired = {
  status: 410,
  body: {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    reason: 'Expired',
    message: 'too old resource version',
    code: 410,
  },
};

/** From when a node drains. */
async function whileDraining(hooks: Hooks): Promise<void> {
  await strike(
    operator,
    stage.reader,
    { step: 3, side: 'After', spare: [] },
    { act: () => Promise.resolve(), verdict: () => 'Pass', others: 'Pass' },
  );
  operator.proxy.use(hooks);
}

/**
 * After a restart of the API server the scheduler follows the nodes again some time later: until then it puts Pods on cordoned ones.
 * It is asked with a Node of which nobody else wants to know anything.
 */
async function untilSchedulerHears(): Promise<void> {
  const { scene } = stage;
  const { client, namespace, kubectl } = scene;
  probes += 1;
  const node = scene.full(`probe-${String(probes)}`);
  const labels = { 'scene.containeros.dev/probe': node };
  const room = { cpu: '1', memory: '1Gi', pods: '10' };
  await client.create('/api/v1/nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node, labels },
    status: { capacity: room, allocatable: room },
  });
  await scene.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: node, namespace },
    spec: {
      nodeSelector: labels,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', image: 'example.invalid/web:1' }],
    },
  });
  const isBound = async (): Promise<true | undefined> => {
    const path = `/api/v1/namespaces/${namespace}/pods/${node}`;
    const { spec } = await client.get<{ readonly spec: { readonly nodeName?: string } }>(path);
    return spec.nodeName === undefined ? undefined : true;
  };
  await until('the scheduler to know a new node', isBound, { withinMs: patience(60_000) });
  await kubectl(['-n', namespace, 'delete', 'pod', node, '--force', '--grace-period=0']);
  await kubectl(['delete', 'node', node]);
}

describe('a rollout goes to its end', () => {
  it(
    'when no write is ever answered, although each is carried out',
    async () => {
      let lost = 0;
      const rollout = await stage.begin();
      operator.proxy.use({
        answer: (call) => {
          if (!isWrite(call) || isLease(call)) return 'Pass';
          lost += 1;
          return 'Cut';
        },
      });
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      operator.proxy.use({});
      expect(lost).toBeGreaterThan(20);
    },
    patience(240_000),
  );

  it(
    'when every third request is told to come back later',
    async () => {
      let asked = 0;
      const rollout = await stage.begin();
      operator.proxy.use({
        request: () => {
          asked += 1;
          return asked % 3 === 0 ? slowDown : 'Pass';
        },
      });
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      operator.proxy.use({});
    },
    patience(240_000),
  );

  it(
    'when all watches end in mid-drain and their versions are forgotten',
    async () => {
      const rollout = await stage.begin();
      const refused = new Set<string>();
      await whileDraining({
        request: (call) => {
          if (!isWatch(call) || isLease(call) || call.query.has('sendInitialEvents')) return 'Pass';
          if (refused.has(call.path)) return 'Pass';
          refused.add(call.path);
          return expired;
        },
      });
      operator.proxy.cut(isWatch);
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      operator.proxy.use({});
      expect(refused.size).toBeGreaterThanOrEqual(4);
    },
    patience(240_000),
  );

  it(
    'when all watches fall silent in mid-drain, and stay open',
    async () => {
      const rollout = await stage.begin();
      const deaf = new Set<Call>();
      await whileDraining({
        event: (call) => (deaf.has(call) ? new Promise(() => undefined) : 'Pass'),
      });
      for (const call of operator.proxy.calls) if (isWatch(call)) deaf.add(call);
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      operator.proxy.use({});
    },
    patience(240_000),
  );

  it(
    'and breaks no invariant',
    async () => {
      expect(await own.violations()).toEqual([]);
    },
    patience(120_000),
  );

  it(
    'when the API server restarts twice',
    async () => {
      const rollout = await stage.begin();
      const restart = () => own.lab.controlPlane.restartApiServer();
      const first = await strike(
        operator,
        stage.reader,
        { step: 3, side: 'After', spare: [] },
        // The other node is drained after that.
        { act: () => restart().then(untilSchedulerHears), verdict: () => 'Cut', others: 'Pass' },
      );
      await strike(
        operator,
        stage.reader,
        { step: 8, side: 'After', spare: [first.node] },
        { act: restart, verdict: () => 'Cut', others: 'Pass' },
      );
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      operator.proxy.use({});
    },
    patience(240_000),
  );

  it(
    'when the API server knows no WatchList, as those before 1.34 do not by default',
    async () => {
      await operator.end();
      await own.lab.controlPlane.restartApiServer(['--feature-gates=WatchList=false']);
      await untilSchedulerHears();
      operator = await stage.start();
      const rollout = await stage.begin();
      expect(await rollout.outcome()).toEqual(rollout.inGoodOrder);
      const lists = operator.proxy.calls.filter(({ status, query }) => status === 200 && query.has('limit'));
      expect(lists.map(({ path }) => path)).toEqual(
        expect.arrayContaining([
          '/api/v1/nodes',
          '/apis/containeros.dev/v1alpha1/containerospolicies',
          '/apis/containeros.dev/v1alpha1/containerosnodes',
          '/apis/policy/v1/poddisruptionbudgets',
        ]),
      );
    },
    patience(240_000),
  );

  it(
    'and broke no invariant over restarts either',
    async () => {
      const stories = await own.violations();
      // A server that has just started knows nobody's rights for a moment.
      expect(stories.filter((story) => !story.startsWith('S14 '))).toEqual([]);
    },
    patience(120_000),
  );
});
