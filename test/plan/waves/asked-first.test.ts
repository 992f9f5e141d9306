/** A new version is heard of first by whichever node is asked first: that must not put a later wave before an earlier one. */
import { describe, expect, it } from '@jest/globals';
import type { NodeViewStatus } from '../../../src/api/container-os-node.ts';
import { updateNowKey } from '../../../src/api/keys.ts';
import type { PolicyStatus } from '../../../src/api/policy-status.ts';
import type { NodeFacts } from '../../../src/plan/facts.ts';
import {
  aCosNode,
  ago,
  aNode,
  anEntry,
  aPolicy,
  aSnapshot,
  aView,
  bottlerocketImage,
  hour,
  minute,
  noon,
  staged,
} from '../../support/builders.ts';
import { type Planned, planned } from '../planned.ts';

const canary = { name: 'canary', nodes: 1, soak: '30m' };
const before = '1.20.0';

interface Case {
  readonly first?: NodeViewStatus;
  readonly node?: Partial<NodeFacts>;
  readonly second?: NodeViewStatus;
  readonly update?: Partial<NodeFacts>;
  readonly spec?: object;
  readonly status?: Partial<PolicyStatus>;
}

/** n1 is the canary, up to date by its last inspection; n2 was offered 1.21.0 an hour ago. */
function world({ first, node, second, update, spec, status }: Case = {}): Planned {
  const [n1, n2] = [aNode('n1', node), aNode('n2', update)];
  return planned(
    aSnapshot({
      nodes: [n1, n2],
      views: [
        aView(n1, { state: 'UpToDate', inspectedAt: ago(3 * hour), wave: 'canary', ...first }),
        aView(n2, { ...staged, state: 'Staged', target: '1.21.0', wave: '', ...second }),
      ],
      policies: [
        aPolicy({
          spec: { rollout: { maxUnavailable: 5, waves: [canary] }, ...spec },
          status: {
            observedGeneration: 1,
            fence: 'me/1',
            versionsSeen: [{ version: '1.21.0', at: ago(hour) }],
            ...status,
          },
        }),
      ],
    }),
  );
}
const ignoring = {
  rollout: {
    maxUnavailable: 5,
    waves: [canary],
    ignoreUnavailable: { matchExpressions: [{ key: 'spare', operator: 'Exists' }] },
  },
};
const waits = 'Staged: waits for wave canary: n1 was not asked since 1.21.0 was first offered to a node';

describe('a node of a later wave', () => {
  it('waits until those before were asked since its version was first offered, and they are asked at once', () => {
    const plan = world();
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toBe(waits);
    expect(plan.status.message).toContain('waits for wave canary: n1 was not asked');
    expect(plan.steps('n1')).toEqual(['Inspect task']);
  });

  it.each<{ name: string; one: Case }>([
    { name: 'was asked since then, and is offered nothing', one: { first: { inspectedAt: ago(hour) } } },
    {
      name: 'runs it',
      one: { first: { version: '1.21.0' }, node: { osImage: bottlerocketImage('1.21.0') } },
    },
    {
      name: 'runs something newer',
      one: { first: { version: '1.22.0' }, node: { osImage: bottlerocketImage('1.22.0') } },
    },
    { name: 'is held', one: { first: { state: 'Held' } } },
    { name: 'cannot be updated', one: { first: { state: 'Unsupported' } } },
    { name: 'belongs to another policy', one: { first: { policy: 'other' } } },
    {
      name: 'is NotReady, which does not matter',
      one: { node: { ready: false, labels: { spare: '' } }, spec: ignoring },
    },
  ])('does not wait for one that $name', ({ one }) => {
    expect(world(one).says('n2')).not.toContain('was not asked');
  });

  it('does not wait that a person wants now', () => {
    expect(world({ update: { annotations: { [updateNowKey]: '' } } }).entry('n2')).toBeDefined();
  });

  it.each<{ name: string; node: Partial<NodeFacts> }>([
    { name: 'is NotReady, which matters', node: { ready: false } },
    { name: 'is Ready, though it would not matter if it were not', node: { labels: { spare: '' } } },
  ])('waits for one that $name', ({ node }) => {
    expect(world({ node, spec: ignoring }).says('n2')).toMatch(/^Staged: waits for wave canary: n1/);
  });

  it('that has its slot already gives it back', () => {
    const plan = world({ status: { claims: [anEntry('n2')] } });
    expect(plan.status.claims).toEqual([]);
    expect(plan.says('n2')).toBe(waits);
    expect(plan.steps('n2')).toEqual([]);
  });

  it('does not have a node asked again and again: it may lie', () => {
    const plan = world({
      first: { inspectedAt: ago(4 * minute) },
      status: { versionsSeen: [{ version: '1.21.0', at: ago(minute) }] },
      second: { inspectedAt: ago(minute), checkedAt: ago(minute) },
    });
    expect(plan.says('n2')).toBe(waits);
    expect(plan.steps('n1')).toEqual([]);
    expect(plan.plan.wakeAt).toBe(noon + minute);
  });

  it('has nobody asked of its own wave or a later one', () => {
    expect(world({ first: { wave: '' }, second: { wave: 'canary' } }).steps('n1')).toEqual([]);
    expect(world({ spec: {}, first: { wave: '' } }).steps('n1')).toEqual([]);
  });
});

describe('on COS', () => {
  const [old, next] = ['18613.164.68', '18613.164.98'];
  const cosWorld = (checkedAt: string, spec: object = {}): Planned => {
    const nodes = ['n1', 'n2'].map((name) => aCosNode(name));
    const about = { os: 'ContainerOptimizedOS', policy: 'cos', version: old } as const;
    const found = {
      checkedAt: ago(hour),
      available: next,
      staged: next,
      state: 'Staged',
      target: next,
    } as const;
    return planned(
      aSnapshot({
        nodes,
        views: nodes.map((node) =>
          aView(node, {
            ...about,
            ...(node.name === 'n1'
              ? { state: 'UpToDate', wave: 'canary', checkedAt, inspectedAt: checkedAt }
              : { ...found, wave: '' }),
          }),
        ),
        policies: [
          aPolicy({
            name: 'cos',
            spec: { os: 'ContainerOptimizedOS', rollout: { maxUnavailable: 5, waves: [canary] }, ...spec },
            status: {
              observedGeneration: 1,
              fence: 'me/1',
              claims: [anEntry('n2')],
              versionsSeen: [{ version: next, at: ago(hour) }],
            },
          }),
        ],
      }),
      'uid-cos',
    );
  };

  it('a node that was staged in its turn is not cordoned before earlier waves were asked, which is due at once', () => {
    const plan = cosWorld(ago(3 * hour));
    expect(plan.entry('n2')).toBeUndefined();
    expect(plan.steps('n2')).toEqual([]);
    expect(plan.says('n2')).toContain(
      `waits for wave canary: n1 was not asked since ${next} was first offered to a node`,
    );
    expect(plan.entry('n1')).toBeDefined();
  });

  it('where the update server is not asked, earlier waves are inspected at once', () => {
    const plan = cosWorld(ago(3 * hour), { containerOptimizedOS: { checkForUpdate: false } });
    expect(plan.says('n2')).toContain('waits for wave canary: n1 was not asked');
    expect(plan.steps('n1')).toEqual(['Inspect task']);
  });

  it('and is cordoned once they were', () => {
    expect(cosWorld(ago(hour)).steps('n2')).toEqual(['Claim']);
  });
});

it('a policy without waves has nobody asked early', () => {
  const plan = world({ spec: { rollout: { maxUnavailable: 5 } }, first: { version: before } });
  expect(plan.steps('n1')).toEqual([]);
  expect(plan.entry('n2')).toBeDefined();
});
