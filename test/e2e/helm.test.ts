/** The chart is upgraded, uninstalled and installed again while nodes are on their way. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { holdKey } from '../../src/api/keys.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { Violation } from '../recorder/violation.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { isNotFound } from '../lab/api/api-error.ts';
import { installOperator, uninstallOperator, upgradeOperator } from '../lab/chart.ts';
import { operatorNamespace } from '../lab/control-plane/audit-policy.ts';
import { until } from '../lab/process/until.ts';
import { applyBound, letGo } from './support/bound-workload.ts';
import type { ClosedHost } from './support/closed-host.ts';
import { addClosedHost, expectKeptOut, expectUpdatedByNsenter } from './support/closed-host.ts';
import { named, openHistories } from './support/history.ts';
import type { HomeLab } from './support/home-lab.ts';
import { homeValues, isReadyPod, openHomeLab } from './support/home-lab.ts';
import { homeLabel } from './support/home-label.ts';
import { conditionOf } from './support/scene.ts';
import { claimOf, expectPutBack, isCordoned } from './support/story.ts';
import { patience } from './support/waits.ts';

interface Policy extends ApiObject {
  readonly status?: PolicyStatus;
}

const policies = '/apis/containeros.dev/v1alpha1/containerospolicies';
const story = 'scene.containeros.dev/story';
const select = (name: string) => ({ nodeSelector: { matchLabels: { [story]: name } } });
const onceRebooted = ['up', 'asked', 'down', 'up'];
const operatorUser = `system:serviceaccount:${operatorNamespace}:container-os-operator`;
const values = { nodeSelector: { [homeLabel]: 'true' } };

let home: HomeLab;
let closed: ClosedHost;
/** From and to, in milliseconds since the epoch. */
const uninstalling: (readonly [number, number])[] = [];
beforeAll(async () => {
  const host = { version: '1.26.1' };
  const labels = { [homeLabel]: 'true' };
  home = await openHomeLab({
    prefix: 'helm',
    prepare: (scene) => scene.addNodes({ 'home-1': { host, labels }, 'home-2': { host, labels } }),
    values,
  });
}, patience(240_000));
afterAll(() => home.close(), patience(60_000));

describe('a host that only nsenter gets into', () => {
  it(
    "names the policy's setting for it, and then the chart's value that this takes",
    async () => {
      closed = await addClosedHost(home);
      await expectKeptOut(closed);
    },
    patience(150_000),
  );
});

describe('in mid-rollout', () => {
  it(
    'the chart is upgraded to another image: other Pods take over, and finish',
    async () => {
      const { scene, lab } = home;
      const names = ['u1', 'u2', 'u3'];
      const host = { timings: { prepareMs: 200, bootMs: 4000 } };
      const labels = { [story]: 'upgrade' };
      await scene.addNodes(Object.fromEntries(names.map((name) => [name, { host, labels }])));
      // However long helm takes, there is something left for the others.
      await scene.annotate('u3', { [holdKey]: 'others must have taken over' });
      const histories = openHistories(lab.client);
      const before = await home.operatorPods();
      expect(before).toHaveLength(2);
      await scene.applyPolicy('upgrade', { ...select('upgrade'), rollout: { soak: '1s' } });
      const history = await histories.record<Policy>(policies, named(scene.full('upgrade')));
      await scene.untilStatus('upgrade', ({ updating }) => updating === 1);

      // The value is what the host before waits for.
      await upgradeOperator(lab, {
        values: { ...homeValues, ...values, image: { tag: 'next' }, containerOptimizedOS: { nsenter: true } },
      });
      await scene.annotate('u3', { [holdKey]: null });
      await scene.untilStatus('upgrade', (status) => conditionOf(status, 'UpToDate') === 'True', 120_000);
      const status = await scene.untilStatus('upgrade', ({ claims }) => claims?.length === 0);
      expect(status).toMatchObject({ progress: '3/3', versions: { '1.26.1': 3 }, failures: [] });
      for (const name of names) {
        expect([name, home.reboots(name)]).toEqual([name, onceRebooted]);
        expectPutBack(await scene.node(name));
      }
      const first = history().find(({ object }) => object.status?.fence !== undefined)?.object.status?.fence;
      const taken = history().find(({ object }) => {
        const fence = object.status?.fence;
        return fence !== undefined && fence !== first;
      });
      expect(taken?.object.status?.upToDate).toBeLessThan(3);
      histories.stop();
      const old = new Set(before.map(({ metadata }) => metadata.uid));
      const areNew = async (): Promise<true | undefined> => {
        const pods = await home.operatorPods();
        return (
          (pods.length === 2 && pods.every((pod) => isReadyPod(pod) && !old.has(pod.metadata.uid))) ||
          undefined
        );
      };
      await until('two new Pods, and no old one', areNew, { withinMs: patience(60_000) });
      await scene.deletePolicy('upgrade');
      await scene.kubectl(['delete', 'node', ...names.map((name) => scene.full(name))]);
    },
    patience(300_000),
  );

  it(
    'a host that waited for a value of the chart is updated by nsenter, in privileged Pods',
    () => expectUpdatedByNsenter(closed),
    patience(200_000),
  );

  it(
    'the chart is uninstalled without its hook: CRDs, policies and claims stay, and the next installation repairs what is left',
    async () => {
      const { scene, lab } = home;
      const kept = { [story]: 'kept' };
      await scene.addNodes({
        draining: { labels: kept },
        // Its turn comes when the other two drain: it must be down when the operator goes.
        rebooting: {
          labels: kept,
          annotations: { [holdKey]: 'the others drain first' },
          host: { reboot: 'NeverBack' },
        },
        orphan: { labels: { [story]: 'dropped' } },
      });
      const held = ['draining', 'orphan'].map((node) => ({ name: node, namespace: scene.namespace, node }));
      for (const workload of held)
        await applyBound(scene, { ...workload, finalizers: ['example.com/last-words'] });
      await scene.applyPolicy('dropped', select('dropped'));
      await scene.applyPolicy('kept', { ...select('kept'), rollout: { soak: '1s', maxUnavailable: 2 } });
      for (const name of ['draining', 'orphan'])
        await scene.untilView(name, ({ because }) => because?.includes('held by finalizer') === true);
      await scene.annotate('rebooting', { [holdKey]: null });
      await until('the reboot', () => home.reboots('rebooting').includes('down') || undefined, {
        withinMs: patience(60_000),
      });

      const from = Date.now();
      const said = await uninstallOperator(lab, ['--no-hooks']);
      uninstalling.push([from, Date.now()]);
      expect(said).toMatch(
        /kept due to the resource policy:\n.*containerosnodes\.containeros\.dev\n.*containerospolicies\.containeros\.dev/,
      );
      await scene.kubectl([
        'get',
        'crd',
        'containerospolicies.containeros.dev',
        'containerosnodes.containeros.dev',
      ]);
      expect(await home.operatorPods()).toEqual([]);
      expect(await exists('/api/v1/namespaces/containeros-tasks')).toBe(false);
      expect(
        await exists(`/apis/apps/v1/namespaces/${operatorNamespace}/deployments/container-os-operator`),
      ).toBe(false);
      for (const policy of ['kept', 'dropped'])
        expect(await exists(`${policies}/${scene.full(policy)}`)).toBe(true);
      for (const [name, ordered] of [
        ['draining', false],
        ['rebooting', true],
        ['orphan', false],
      ] as const) {
        const node = await scene.node(name);
        expect({ name, cordoned: isCordoned(node), ordered: claimOf(node)?.order !== undefined }).toEqual({
          name,
          cordoned: true,
          ordered,
        });
      }

      // Nobody is there to see the one come back and the other go.
      await scene.setHost('rebooting', { reboot: 'Fast' });
      await scene.deletePolicy('dropped');
      await installOperator(lab, { values: { ...homeValues, ...values } });
      await scene.untilNode('orphan', (node) => !isCordoned(node), 90_000);
      expectPutBack(await scene.node('orphan'));
      expect(home.reboots('orphan')).toEqual(['up']);
      for (const workload of held) await letGo(scene, workload);
      await scene.untilStatus('kept', (status) => conditionOf(status, 'UpToDate') === 'True', 120_000);
      const status = await scene.untilStatus('kept', ({ claims }) => claims?.length === 0);
      expect(status).toMatchObject({ progress: '2/2', versions: { '1.26.1': 2 }, failures: [] });
      for (const name of ['draining', 'rebooting']) {
        expect([name, home.reboots(name)]).toEqual([name, onceRebooted]);
        expectPutBack(await scene.node(name));
      }
    },
    patience(400_000),
  );

  it(
    'the chart is uninstalled: the hook puts nodes back, finishes the one that reboots, and leaves nothing',
    async () => {
      const { scene, lab } = home;
      const labels = { [story]: 'hook' };
      await scene.addNodes({
        'hook-drains': { labels },
        'hook-cos': {
          labels,
          annotations: { [holdKey]: 'the other drains first' },
          host: { os: 'ContainerOptimizedOS', timings: { prepareMs: 200, bootMs: 6000 } },
        },
      });
      const workload = { name: 'hook-drains', namespace: scene.namespace, node: 'hook-drains' };
      await applyBound(scene, { ...workload, finalizers: ['example.com/last-words'] });
      await scene.applyPolicy('hook', select('hook'));
      await scene.applyPolicy('hook-cos', { ...select('hook'), os: 'ContainerOptimizedOS' });
      await scene.untilView('hook-drains', ({ because }) => because?.includes('held by finalizer') === true);
      await scene.annotate('hook-cos', { [holdKey]: null });
      await until('the reboot', () => home.reboots('hook-cos').includes('down') || undefined, {
        withinMs: patience(60_000),
      });

      const from = Date.now();
      await uninstallOperator(lab);
      uninstalling.push([from, Date.now()]);
      // What helm prints comes by way of the kubelet's log streams, which the lab does not have.
      const said = hookSaid();
      expect(said).toContain('Deployment container-os-operator is scaled to 0');
      expect(said).toContain('Nothing is left on any node');
      for (const [name, reboots] of [
        ['hook-drains', ['up']],
        ['hook-cos', onceRebooted],
      ] as const) {
        expect([name, home.reboots(name)]).toEqual([name, reboots]);
        expectPutBack(await scene.node(name));
      }
      expect(await home.operatorPods()).toEqual([]);
      for (const left of [
        `/api/v1/namespaces/${operatorNamespace}/serviceaccounts/container-os-operator-release`,
        '/apis/rbac.authorization.k8s.io/v1/clusterroles/container-os-operator-release',
        '/api/v1/namespaces/containeros-tasks',
      ])
        expect([left, await exists(left)]).toEqual([left, false]);
      await letGo(scene, workload);
    },
    patience(200_000),
  );

  it(
    'no invariant breaks meanwhile',
    async () => {
      // An operator whose account is being taken away is refused until it has stopped. The hook has an account of its own.
      const refused = ({ id, at, sentence }: Violation): boolean =>
        id === 'S14' &&
        sentence.startsWith(`${operatorUser} may not `) &&
        uninstalling.some(([from, to]) => Date.parse(at) >= from && Date.parse(at) <= to);
      expect(await home.broken(refused)).toEqual([]);
    },
    patience(150_000),
  );
});

/** Whatever the lab's runtime has of the hook's Pods. */
function hookSaid(): string {
  const { lab, scene } = home;
  return ['home-1', 'home-2']
    .map((node) => join(lab.dir, 'nodes', scene.full(node), 'logs'))
    .flatMap((logs) => readdirSync(logs).map((file) => join(logs, file)))
    .filter((file) => file.endsWith('_release.log'))
    .map((file) => readFileSync(file, 'utf8'))
    .join('');
}

async function exists(path: string): Promise<boolean> {
  try {
    await home.lab.client.get(path);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
