/** Mode Plan tells the whole plan and changes nothing; the same policy in mode Apply carries it out, and leaves its history. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Scene } from './support/scene.ts';
import { openScene, sharedStage } from './support/scene.ts';
import { claimOf, endStory, expectPutBack, isCordoned } from './support/story.ts';
import { untilNoTask } from './support/task-pod.ts';
import { patience } from './support/waits.ts';

const names = ['n1', 'n2', 'n3'];
const within = patience(150_000);

let scene: Scene;
beforeAll(async () => {
  scene = await openScene('plan-mode');
}, patience(60_000));
afterAll(() => scene.close(), patience(60_000));

interface AuditLine {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  readonly requestObject?: { readonly metadata?: { readonly labels?: Readonly<Record<string, string>> } };
}

/** What the operator wrote about these objects, as `create pods Inspect` or `update containerosnodes/status`. */
function writesAbout(texts: readonly string[]): readonly string[] {
  const writes = readFileSync(sharedStage().auditLog, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && texts.some((text) => line.includes(text)))
    .map((line): AuditLine => JSON.parse(line))
    .filter(
      ({ verb, user }) =>
        user.username.startsWith('system:serviceaccount:container-os-operator:') &&
        ['create', 'update', 'patch', 'delete'].includes(verb),
    )
    .map(({ verb, objectRef, requestObject }) => {
      const { resource = '', subresource } = objectRef ?? {};
      const task = verb === 'create' ? requestObject?.metadata?.labels?.['containeros.dev/task'] : undefined;
      return [verb, subresource === undefined ? resource : `${resource}/${subresource}`, task]
        .filter((part) => part !== undefined)
        .join(' ');
    });
  return [...new Set(writes)].toSorted();
}

const spec = { rollout: { soak: '1s', waves: [{ name: 'canary', nodes: 1 }] } };

describe('a policy in mode Plan', () => {
  it(
    'lists its nodes in order with what blocks them and writes nothing but our own objects; then applies it, and leaves a history',
    async () => {
      await scene.addNodes(Object.fromEntries(names.map((name) => [name, {}])));
      await scene.deploy('shop', { replicas: 1, on: 'n2', pdb: { maxUnavailable: 0 } });
      await scene.applyPolicy('web', { ...spec, mode: 'Plan' });

      const planned = await scene.untilStatus(
        'web',
        ({ plan = [] }) => plan.length === 3 && plan.at(-1)?.because.includes('shop') === true,
        60_000,
      );
      expect(planned.plan?.map(({ node, wave, from, to }) => [node, wave ?? '-', from, to])).toEqual([
        [scene.full('n1'), 'canary', '1.25.0', '1.26.1'],
        [scene.full('n3'), '-', '1.25.0', '1.26.1'],
        [scene.full('n2'), '-', '1.25.0', '1.26.1'],
      ]);
      expect(planned.plan?.map(({ startsAt }) => startsAt !== undefined)).toEqual([true, true, false]);
      expect(planned.message).toMatch(
        new RegExp(
          `^mode is Plan: 3 of 3 nodes would be updated, done by about \\S+Z; ${scene.full('n2')} would be blocked: PodDisruptionBudget ${scene.namespace}/shop allows no disruption now`,
        ),
      );
      expect(Date.parse(planned.estimatedCompletion ?? '')).toBeGreaterThan(Date.now());
      await scene.untilView('n3', ({ because }) => because?.endsWith('it would be number 2 of 3') === true);

      const nodes = await Promise.all(names.map((name) => scene.node(name)));
      for (const node of nodes) {
        expectPutBack(node);
        expect(isCordoned(node) || claimOf(node) !== undefined).toBe(false);
      }
      const { claims, rollout, history } = await scene.status('web');
      expect({ claims, rollout, history }).toEqual({ claims: [], rollout: undefined, history: undefined });
      // The last of them may just have answered.
      for (const name of names) await untilNoTask(scene, name);
      expect(writesAbout([scene.full('web'), ...nodes.map(({ metadata }) => metadata.uid)])).toEqual([
        'create containerosnodes',
        'create pods Inspect',
        'delete pods',
        'update containerosnodes/status',
        'update containerospolicies/status',
      ]);

      await scene.client.patch(
        `/apis/policy/v1/namespaces/${scene.namespace}/poddisruptionbudgets/shop`,
        'merge',
        { spec: { maxUnavailable: 1 } },
      );
      await scene.applyPolicy('web', spec);
      const done = await scene.untilStatus(
        'web',
        (now) => now.upToDate === 3 && now.claims?.length === 0 && now.history?.length === 1,
        90_000,
      );
      expect(done.history?.[0]).toMatchObject({
        target: '1.26.1',
        outcome: 'Complete',
        updated: 3,
        failed: 0,
      });
      expect(done.rollout).toBeUndefined();
      expect(done.plan).toBeUndefined();
      expect(done.estimatedCompletion).toBeUndefined();
      const { lastUpdate } = await scene.view('n2');
      expect(Object.keys(lastUpdate?.seconds ?? {})).toEqual(expect.arrayContaining(['drain', 'reboot']));
      await endStory(scene, 'web');
    },
    within,
  );
});
