/** What must never run out: the disruptions that PodDisruptionBudgets allow, and the nodes that a policy lets go at once. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { holdKey } from '../../src/api/keys.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import type { Histories } from './support/history.ts';
import { named, openHistories } from './support/history.ts';
import type { RawNode, Scene } from './support/scene.ts';
import { conditionOf, openScene } from './support/scene.ts';
import { addNode, applyOwnPolicy, endStory, expectUpdated, isCordoned } from './support/story.ts';
import { patience } from './support/waits.ts';

/** Longer than any of these takes on a busy machine. */
const within = patience(180_000);
/** From the moment at which the API server tells that a budget is open, milliseconds: much less than `evictionBudgetRetry`. */
const promptly = 8000;

interface Pdb extends ApiObject {
  readonly status?: { readonly disruptionsAllowed?: number };
}
interface Pod extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly deletionTimestamp?: string };
}

let scene: Scene;
let histories: Histories;
beforeAll(async () => {
  scene = await openScene('budget');
  histories = openHistories(scene.client);
}, patience(60_000));
afterAll(async () => {
  histories.stop();
  await scene.close();
}, patience(60_000));

const pdbs = (): string => `/apis/policy/v1/namespaces/${scene.namespace}/poddisruptionbudgets`;
const pods = (): string => `/api/v1/namespaces/${scene.namespace}/pods`;
const setPdb = (name: string, maxUnavailable: number): Promise<unknown> =>
  scene.client.patch(`${pdbs()}/${name}`, 'merge', { spec: { maxUnavailable } });

/** Milliseconds between the first revision that `opens` and the first one afterwards that `goes`. */
async function delayBetween<A extends ApiObject, B extends ApiObject>(
  cause: { readonly path: string; readonly selector: string; readonly opens: (object: A) => boolean },
  effect: { readonly path: string; readonly selector: string; readonly goes: (object: B) => boolean },
  act: () => Promise<unknown>,
): Promise<number> {
  const causes = await histories.record<A>(cause.path, cause.selector);
  const effects = await histories.record<B>(effect.path, effect.selector);
  expect(effects().filter(({ object }) => effect.goes(object))).toEqual([]);
  await act();
  const went = await until(
    'what was to follow',
    () => effects().find(({ object }) => effect.goes(object))?.at,
    { withinMs: patience(60_000), everyMs: 20 },
  );
  const opened = causes().find(({ object }) => cause.opens(object))?.at;
  expect(opened).toBeDefined();
  return went - (opened ?? 0);
}

const allowsOne = { opens: ({ status }: Pdb): boolean => (status?.disruptionsAllowed ?? 0) > 0 };

describe('a PodDisruptionBudget', () => {
  it.concurrent(
    'that allows nothing keeps its node in service, is named, and holds up neither other nodes nor, once open, its own',
    async () => {
      const story = { labels: { story: 'closed' } };
      await scene.addNodes({ closed: story, free: story });
      await scene.deploy('closed', { replicas: 1, on: 'closed', pdb: { maxUnavailable: 0 } });
      const nodes = await histories.record<RawNode>('/api/v1/nodes', named(scene.full('closed')));
      await scene.applyPolicy('closed', {
        nodeSelector: { matchLabels: story.labels },
        rollout: { soak: '1s' },
      });

      const obstacle = `PodDisruptionBudget budget/closed allows no disruption now (pod budget/closed-`;
      const status = await scene.untilStatus(
        'closed',
        ({ upToDate, claims, message }) =>
          upToDate === 1 && claims?.length === 0 && message?.includes(`waits: ${obstacle}`) === true,
      );
      expect(status.message).toContain(`${scene.full('closed')} waits: ${obstacle}`);
      expect(status).toMatchObject({ progress: '1/2', pending: 1, updating: 0, failures: [] });
      expect(conditionOf(status, 'Ready')).toBe('True');
      expect(conditionOf(status, 'Stalled')).toBeUndefined();
      const view = await scene.untilView('closed', ({ reason }) => reason === 'DrainBlocked');
      expect(view).toMatchObject({ state: 'Staged', staged: '1.26.1' });
      expect(view.because).toContain(obstacle);
      const free = await scene.untilView('free', ({ state }) => state === 'UpToDate');
      expect(free.version).toBe('1.26.1');
      // An event comes a little after what it tells of.
      const told = (): Promise<string> =>
        scene.kubectl([
          'get',
          'events',
          `--field-selector=involvedObject.name=${scene.full('closed')},reason=DrainBlocked`,
          '--output=jsonpath={.items[*].message}',
        ]);
      await until('the event', async () => (await told()).includes(obstacle) || undefined, {
        withinMs: patience(30_000),
      });

      const delay = await delayBetween<Pdb & ApiObject, RawNode>(
        { path: pdbs(), selector: named('closed'), ...allowsOne },
        { path: '/api/v1/nodes', selector: named(scene.full('closed')), goes: isCordoned },
        async () => {
          expect(nodes().filter(({ object }) => isCordoned(object))).toEqual([]);
          await setPdb('closed', 1);
        },
      );
      expect(delay).toBeLessThan(promptly);
      await scene.untilStatus('closed', ({ upToDate, claims }) => upToDate === 2 && claims?.length === 0);
      await endStory(scene, 'closed');
    },
    within,
  );

  it.concurrent(
    'beside a second one over the same Pod is named with it, and the node goes once there is only one',
    async () => {
      await addNode(scene, 'Bottlerocket', 'twice');
      await scene.deploy('twice', { replicas: 1, on: 'twice', pdb: { maxUnavailable: 1 } });
      await scene.apply({
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'twice-again', namespace: scene.namespace },
        spec: { selector: { matchLabels: { app: 'twice' } }, maxUnavailable: 1 },
      });
      await applyOwnPolicy(scene, 'Bottlerocket', 'twice');

      const view = await scene.untilView('twice', ({ reason }) => reason === 'DrainBlocked');
      const [, pod] = /^pod (\S+) is under/.exec(view.because ?? '') ?? [];
      expect(pod).toMatch(/^budget\/twice-/);
      const obstacle = `pod ${pod} is under two PodDisruptionBudgets, budget/twice and budget/twice-again: the Eviction API refuses such a pod always`;
      expect(view).toMatchObject({ state: 'Staged', because: obstacle });
      const status = await scene.untilStatus('twice', ({ message }) => message?.includes('waits') === true);
      expect(status.message).toBe(`${scene.full('twice')} waits: ${obstacle}`);
      expect(status.claims).toEqual([]);
      expect(isCordoned(await scene.node('twice'))).toBe(false);

      await scene.client.remove(`${pdbs()}/twice-again`);
      await scene.untilNode('twice', isCordoned, 5000);
      await expectUpdated(scene, 'Bottlerocket', 'twice');
      await endStory(scene, 'twice');
    },
    within,
  );

  it.concurrent(
    'that refuses an eviction is waited for, named, and evicted by again as soon as it is open',
    async () => {
      await addNode(scene, 'Bottlerocket', 'midway');
      // Of two Pods on one node the second may leave only once the first is back, which it cannot on a cordoned node.
      await scene.deploy('midway', { replicas: 2, on: 'midway', pdb: { maxUnavailable: 1 } });
      await applyOwnPolicy(scene, 'Bottlerocket', 'midway');

      const view = await scene.untilView(
        'midway',
        ({ state, because }) => state === 'Draining' && because?.includes('PodDisruptionBudget') === true,
      );
      const [, pod = ''] = /let pod budget\/(\S+) go now$/.exec(view.because ?? '') ?? [];
      const obstacle = `PodDisruptionBudget budget/midway does not let pod budget/${pod} go now`;
      expect(view.because).toBe(obstacle);
      const status = await scene.untilStatus(
        'midway',
        ({ message }) => message?.includes('not let') === true,
      );
      expect(status.message).toBe(`${scene.full('midway')} Draining; ${scene.full('midway')}: ${obstacle}`);
      expect(status.updating).toBe(1);
      expect(conditionOf(status, 'Progressing')).toBe('True');

      const delay = await delayBetween<Pdb, Pod>(
        { path: pdbs(), selector: named('midway'), ...allowsOne },
        {
          path: pods(),
          selector: named(pod),
          goes: ({ metadata }) => metadata.deletionTimestamp !== undefined,
        },
        () => setPdb('midway', 2),
      );
      expect(delay).toBeLessThan(promptly);
      await expectUpdated(scene, 'Bottlerocket', 'midway');
      await endStory(scene, 'midway');
    },
    within,
  );
});

describe('rollout.maxUnavailable', () => {
  it.concurrent(
    'of 25% takes two of eight nodes at once, never three, and uses both slots; once lowered to 1 nobody gets a slot beside another',
    async () => {
      const fleet = { labels: { story: 'quarter' } };
      const names = ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8'];
      await scene.addNodes(Object.fromEntries(names.map((name) => [name, fleet])));
      const held = ['q6', 'q7', 'q8'];
      for (const name of held) await scene.annotate(name, { [holdKey]: 'until the budget is lowered' });
      const nodes = await histories.record<RawNode>('/api/v1/nodes', 'labelSelector=story%3Dquarter');
      const ledger = await histories.record<ApiObject & { readonly status?: PolicyStatus }>(
        '/apis/containeros.dev/v1alpha1/containerospolicies',
        named(scene.full('quarter')),
      );
      await scene.applyPolicy('quarter', {
        nodeSelector: { matchLabels: fleet.labels },
        rollout: { soak: '1s', maxUnavailable: '25%' },
      });

      await scene.untilStatus('quarter', ({ upToDate = 0 }) => upToDate >= 3);
      await scene.kubectl([
        'patch',
        'containerospolicy',
        scene.full('quarter'),
        '--type=merge',
        '--patch={"spec":{"rollout":{"maxUnavailable":1}}}',
      ]);
      await scene.untilStatus('quarter', ({ observedGeneration }) => observedGeneration > 1);
      for (const name of held) await scene.annotate(name, { [holdKey]: null });
      const status = await scene.untilStatus(
        'quarter',
        ({ upToDate, claims }) => upToDate === 8 && claims?.length === 0,
        150_000,
      );
      expect(status).toMatchObject({ progress: '8/8', versions: { '1.26.1': 8 }, failures: [] });
      const ledgers = ledger().map(({ object }): Partial<PolicyStatus> => object.status ?? {});
      expect(Math.max(...ledgers.map(({ claims = [] }) => claims.length))).toBe(2);
      const lowered = ledgers.filter(({ observedGeneration = 0 }) => observedGeneration > 1);
      const before = new Set(lowered[0]?.claims?.map(({ attempt }) => attempt));
      const beside = lowered.filter(
        ({ claims = [] }) => claims.length > 1 && claims.some(({ attempt }) => !before.has(attempt)),
      );
      expect(beside).toEqual([]);
      const taken = new Set(lowered.flatMap(({ claims = [] }) => claims.map(({ node }) => node)));
      expect([...taken]).toEqual(expect.arrayContaining(held.map((name) => scene.full(name))));
      const cordoned = new Set<string>();
      const counts = nodes().map(({ object }) => {
        if (isCordoned(object)) cordoned.add(object.metadata.name);
        else cordoned.delete(object.metadata.name);
        return cordoned.size;
      });
      expect(Math.max(...counts)).toBe(2);
      for (const name of names) expect(isCordoned(await scene.node(name))).toBe(false);
    },
    within,
  );
});
