import { describe, expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { policySpec } from '../../src/api/policy-spec.ts';
import { parseWish } from './machine/annotations.ts';
import { parseScene, readScene, sceneText } from './scene.ts';
import { demoScene } from './scenes/demo-scene.ts';

const folder = join(import.meta.dirname, 'scenes');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

describe('parseScene', () => {
  it('keeps Nodes, workloads and policies apart', () => {
    const scene = parseScene(
      sceneText([
        { apiVersion: 'containeros.dev/v1alpha1', kind: 'ContainerOSPolicy', metadata: { name: 'p' } },
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } },
      ]),
    );
    const names = (objects: typeof scene.nodes): string[] => objects.map(({ metadata }) => metadata.name);
    expect([scene.nodes, scene.workloads, scene.policies].map(names)).toEqual([['n1'], ['shop'], ['p']]);
  });

  it.each([
    {
      name: 'an object without a name',
      text: 'apiVersion: v1\nkind: Node\n',
      says: 'Not an object of the API',
    },
    { name: 'a broken document', text: 'a: [', says: 'Flow sequence' },
  ])('refuses $name', ({ text, says }) => {
    expect(() => parseScene(text)).toThrow(says);
  });
});

describe.each(files)('%s', (file) => {
  it('describes machines that the lab can make', () => {
    const { nodes } = readScene(join(folder, file));
    expect(nodes.length).toBeGreaterThan(0);
    for (const node of nodes) expect(parseWish(node).kind).toBe('wish');
  });
});

describe('demoScene', () => {
  const scene = parseScene(sceneText(demoScene({ nodes: 12 })));
  const nodesOf = (os: string) =>
    scene.nodes.filter((node) =>
      node.metadata.annotations?.['lab.containeros.dev/host']?.includes(`"${os}"`),
    );

  it('is two thirds Bottlerocket and one third COS', () => {
    expect([nodesOf('Bottlerocket').length, nodesOf('ContainerOptimizedOS').length]).toEqual([8, 4]);
  });

  it('gives each node a name of its own, and a policy to each system', () => {
    expect(new Set(scene.nodes.map(({ metadata }) => metadata.name)).size).toBe(12);
    expect(scene.policies).toHaveLength(2);
  });

  it('has in mode Plan what a plan tells of: waves, a window, and a Pod that may not leave', () => {
    const { policies, workloads } = parseScene(sceneText(demoScene({ nodes: 3, mode: 'Plan' })));
    const specs = policies.map((policy) => policySpec.parse('spec' in policy ? policy.spec : {}));
    expect(
      specs.map(({ mode, rollout, schedule }) => [mode, rollout.waves?.length, schedule?.windows?.length]),
    ).toEqual([
      ['Plan', 2, undefined],
      ['Plan', undefined, 1],
    ]);
    const budget = workloads.find(
      ({ kind, metadata: { name } }) => kind === 'PodDisruptionBudget' && name === 'ledger',
    );
    expect(budget).toMatchObject({ spec: { maxUnavailable: 0 } });
    expect(
      workloads.find(({ kind, metadata: { name } }) => kind === 'Deployment' && name === 'ledger'),
    ).toMatchObject({
      spec: { template: { spec: { nodeSelector: { 'kubernetes.io/hostname': 'bottlerocket-02' } } } },
    });
  });
});
