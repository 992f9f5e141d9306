/** Nodes that a cluster can miss only one of at a time: those of the control plane, and those that the operator itself runs on. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiObject } from '../lab/api/api-client.ts';
import { operatorNamespace } from '../lab/control-plane/audit-policy.ts';
import { until } from '../lab/process/until.ts';
import type { Histories, History } from './support/history.ts';
import { named, openHistories } from './support/history.ts';
import type { HomeLab, OperatorPod } from './support/home-lab.ts';
import { isReadyPod, openHomeLab } from './support/home-lab.ts';
import type { RawNode } from './support/scene.ts';
import { conditionOf, isReady } from './support/scene.ts';
import { claimOf, expectPutBack, isCordoned } from './support/story.ts';
import { kubectlPatience, patience } from './support/waits.ts';

interface Lease extends ApiObject {
  readonly spec: { readonly holderIdentity?: string; readonly leaseTransitions?: number };
}

const controlPlaneKey = 'node-role.kubernetes.io/control-plane';
const labels = { [controlPlaneKey]: '' };
const leases = `/apis/coordination.k8s.io/v1/namespaces/${operatorNamespace}/leases`;
const operatorPods = `/api/v1/namespaces/${operatorNamespace}/pods`;

describe('three control-plane nodes, on two of which the operator runs', () => {
  const names = ['n1', 'n2', 'n3'];
  let home: HomeLab;
  let histories: Histories;
  let nodes: History<RawNode & ApiObject>;
  let lease: History<Lease>;
  let pods: History<OperatorPod>;
  beforeAll(async () => {
    const host = { reboot: 'NotReadyFirst', timings: { prepareMs: 200, bootMs: 500, settleMs: 1000 } };
    home = await openHomeLab({
      prefix: 'masters',
      prepare: async (scene) => {
        await scene.addNodes(Object.fromEntries(names.map((name) => [name, { labels, host }])));
        const all = names.map((name) => scene.full(name));
        await scene.kubectl(['taint', 'node', ...all, `${controlPlaneKey}=:NoSchedule`]);
      },
      values: { tolerations: [{ key: controlPlaneKey, operator: 'Exists', effect: 'NoSchedule' }] },
    });
    histories = openHistories(home.lab.client);
    nodes = await histories.record<RawNode & ApiObject>('/api/v1/nodes', `labelSelector=${controlPlaneKey}`);
    lease = await histories.record<Lease>(leases, named('containeros-operator'));
    pods = await histories.record<OperatorPod>(operatorPods, '');
  }, patience(240_000));
  afterAll(async () => {
    histories.stop();
    await home.close();
  }, patience(60_000));

  it(
    'are Unsupported, and left alone, while includeControlPlane is false',
    async () => {
      const { scene } = home;
      await scene.applyPolicy('all', { rollout: { soak: '10s', maxUnavailable: 3 } });

      const status = await scene.untilStatus('all', ({ unsupported }) => unsupported === names.length);
      const why = 'it is a control-plane node, and spec.includeControlPlane is false';
      expect(status).toMatchObject({
        nodes: 3,
        progress: '0/0',
        message: `none of 3 nodes can be updated in place: ${why}`,
      });
      for (const name of names)
        expect(await scene.untilView(name, ({ state }) => state !== undefined)).toMatchObject({
          state: 'Unsupported',
          because: why,
        });
      expect(nodes().some(({ object }) => isCordoned(object) || claimOf(object) !== undefined)).toBe(false);
    },
    patience(120_000),
  );

  it(
    'are updated one at a time, whatever maxUnavailable says, the one that the leader runs on last',
    async () => {
      const { scene } = home;
      const homes = new Set((await home.operatorPods()).map(({ spec }) => spec.nodeName));
      expect(homes.size).toBe(2);
      /** The node of the Pod that held the lease at that revision of the cluster; whoever drains brings Pods of other names. */
      const leaderAt = (revision: number): string | undefined => {
        const holder =
          lease().findLast(({ object }) => revisionOf(object) <= revision)?.object.spec.holderIdentity ?? '';
        const [podName = ''] = holder.split('_');
        return pods().findLast(({ object }) => object.metadata.name === podName)?.object.spec.nodeName;
      };
      expect(leaderAt(Infinity)).toMatch(/^masters-n\d$/);

      await scene.kubectl([
        'patch',
        'containerospolicy',
        scene.full('all'),
        '--type=merge',
        '--patch={"spec":{"includeControlPlane":true}}',
      ]);
      await scene.untilStatus('all', (status) => conditionOf(status, 'UpToDate') === 'True', 180_000);
      await scene.untilStatus('all', ({ claims }) => claims?.length === 0);

      const orders = firstsIn(nodes, (node) => claimOf(node)?.order !== undefined);
      const claims = firstsIn(nodes, (node) => claimOf(node) !== undefined);
      expect(orders.map(({ node }) => node).toSorted()).toEqual(names.map((name) => scene.full(name)));
      // Whoever led when one of two was chosen: the lease may be lost while that one drains.
      expect(claims.at(-1)?.node).toBe(leaderAt(claims.at(-2)?.revision ?? 0));
      // A leader that could hand over did not order the reboot of its own node. It could where a replica elsewhere was Ready all along.
      const couldHandOver = (node: string): boolean =>
        [claims, orders]
          .flatMap((firsts) => firsts.filter((first) => first.node === node))
          .every(({ revision }) =>
            latest(pods, revision).some(
              (pod) =>
                isReadyPod(pod) &&
                pod.spec.nodeName !== node &&
                latest(nodes, revision).some(
                  (other) => other.metadata.name === pod.spec.nodeName && isReady(other),
                ),
            ),
          );
      expect(
        orders.filter(({ node, revision }) => leaderAt(revision) === node && couldHandOver(node)),
      ).toEqual([]);
      expect(mostAtOnce(nodes)).toEqual([expect.any(String)]);
      for (const name of names) {
        expect([name, home.reboots(name)]).toEqual([name, ['up', 'asked', 'down', 'up']]);
        expectPutBack(await scene.node(name));
      }
      expect(await home.broken()).toEqual([]);
    },
    patience(400_000),
  );
});

describe('a cluster of one node, which runs the operator', () => {
  let home: HomeLab;
  beforeAll(async () => {
    home = await openHomeLab({
      prefix: 'single',
      prepare: async (scene) => {
        await scene.addNodes({ only: { labels } });
        await scene.deploy('web', { replicas: 2 });
      },
      values: { replicas: 1 },
    });
  }, patience(240_000));
  afterAll(() => home.close(), patience(60_000));

  it(
    'is updated: the operator goes down with its node, comes back with it, and finishes',
    async () => {
      const { scene } = home;
      const [before] = await home.operatorPods();
      await scene.applyPolicy('all', { includeControlPlane: true, rollout: { soak: '1s' } });

      const status = await scene.untilStatus(
        'all',
        (one) => conditionOf(one, 'UpToDate') === 'True',
        120_000,
      );
      expect(status).toMatchObject({ progress: '1/1', versions: { '1.26.1': 1 }, failures: [] });
      await scene.untilStatus('all', ({ claims }) => claims?.length === 0);
      expect(home.reboots('only')).toEqual(['up', 'asked', 'down', 'up']);
      expectPutBack(await scene.node('only'));
      const [after, second] = await home.operatorPods();
      expect(second).toBeUndefined();
      // It was not evicted: nowhere else could it have gone on.
      expect(after?.metadata.uid).toBe(before?.metadata.uid);
      expect(after?.status.containerStatuses?.[0]?.restartCount).toBe(1);
      await until(
        'the operator to be Ready again',
        async () => (await home.operatorPods()).every((pod) => isReadyPod(pod)) || undefined,
        { withinMs: patience(60_000) },
      );
      await scene.kubectl([
        '-n',
        scene.namespace,
        'rollout',
        'status',
        'deployment/web',
        kubectlPatience(60_000),
      ]);
      expect(await home.broken()).toEqual([]);
    },
    patience(240_000),
  );
});

/** For each node its first revision that is so, in that order. */
function firstsIn(
  history: History<RawNode & ApiObject>,
  is: (node: RawNode) => boolean,
): readonly { readonly node: string; readonly revision: number }[] {
  const firsts = new Map<string, number>();
  for (const { object } of history())
    if (is(object) && !firsts.has(object.metadata.name)) firsts.set(object.metadata.name, revisionOf(object));
  return [...firsts].map(([node, revision]) => ({ node, revision }));
}

/** What was known of each object at that revision. */
function latest<T extends ApiObject>(history: History<T>, revision: number): readonly T[] {
  const objects = new Map<string, T>();
  for (const { object } of history())
    if (revisionOf(object) <= revision) objects.set(object.metadata.name, object);
  return [...objects.values()];
}

/** Of the whole cluster, so that objects of different kinds can be compared by it. */
const revisionOf = ({ metadata }: ApiObject): number => Number(metadata.resourceVersion);

/** The most nodes that were out of service at one revision. */
function mostAtOnce(history: History<RawNode>): readonly string[] {
  const out = new Set<string>();
  let most: readonly string[] = [];
  for (const { object } of history()) {
    const { name } = object.metadata;
    if (isCordoned(object) || claimOf(object) !== undefined || !isReady(object)) out.add(name);
    else out.delete(name);
    if (out.size > most.length) most = [...out];
  }
  return most;
}
