/** Health beyond Ready: from the claim, in Verifying and in the soak. */
import { describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/api/claim.ts';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { attemptId } from '../../src/plan/attempt-id.ts';
import type { NodeFacts, PodFacts } from '../../src/plan/facts.ts';
import { planOrphans } from '../../src/plan/plan-orphans.ts';
import {
  aClaim,
  ago,
  ahead,
  aNode,
  anEntry,
  anOrder,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  bottlerocketImage,
  hour,
  iso,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { type Planned, planned, reading } from './planned.ts';

const noPressure = { type: 'DiskPressure', status: 'False' } as const;
const spec = { health: { nodeConditions: [noPressure], pods: { matchLabels: { app: 'agent' } } } };
const health: NonNullable<Claim['health']> = {
  conditions: [noPressure],
  pods: { matchLabels: { app: 'agent' } },
  readyPods: 1,
};
const sound = { DiskPressure: { status: 'False', since: noon - hour } } as const;
const agent = (more: Partial<PodFacts> = {}): PodFacts =>
  aPod('agent', 'n1', {
    labels: { app: 'agent' },
    controller: { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' },
    ...more,
  });

const rebooted = (conditions: NodeFacts['conditions'], msAgo = minute, wanted = health): NodeFacts =>
  aNode('n1', {
    bootID: 'boot-n1-2',
    osImage: bottlerocketImage('1.21.0'),
    conditions,
    claim: aClaim('n1', { order: anOrder('n1', msAgo), health: wanted }),
  });

function verifying(node: NodeFacts, pods: readonly PodFacts[] | undefined): Planned {
  return planned(
    aSnapshot({
      nodes: [node],
      views: [aView(node)],
      pods: new Map(pods === undefined ? [] : [['n1', pods]]),
      policies: [
        aPolicy({ spec, status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] } }),
      ],
    }),
  );
}

describe('the claim', () => {
  it('holds what the policy wants of the node, and how many of its own Pods were Ready', () => {
    const node = aNode('n1', { conditions: sound });
    const pods = [
      agent(),
      agent({ name: 'static', uid: 'static', mirror: true, controller: undefined }),
      agent({ name: 'ill', uid: 'ill', ready: false }),
      aPod('web', 'n1', { labels: { app: 'agent' } }),
    ];
    const { step } = planned(
      aSnapshot({
        nodes: [node],
        views: [aView(node, staged)],
        previews: new Map([['n1', { at: noon, nodeUID: node.uid, pods }]]),
        policies: [
          aPolicy({ spec, status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] } }),
        ],
      }),
    );
    expect(step('n1', 'Claim').claim.health).toEqual({ ...health, readyPods: 2 });
  });
});

describe('a node on its new version', () => {
  it('is verified when its conditions and Pods are as they must be', () => {
    expect(verifying(rebooted(sound), [agent()]).entry('n1')?.phase).toBe('Soaking');
  });

  it.each<{ name: string; conditions: NodeFacts['conditions']; pods: readonly PodFacts[]; because: string }>([
    {
      name: 'a condition is another',
      conditions: { DiskPressure: { status: 'True', since: noon } },
      pods: [agent()],
      because: 'its condition DiskPressure is True instead of False',
    },
    {
      name: 'a condition is missing',
      conditions: {},
      pods: [agent()],
      because: 'it has no condition DiskPressure',
    },
    {
      name: 'a Pod of a DaemonSet is not Ready',
      conditions: sound,
      pods: [agent({ ready: false })],
      because: 'pod default/agent is not Ready',
    },
    {
      name: 'a Pod of a DaemonSet is not there yet',
      conditions: sound,
      pods: [],
      because: 'only 0 of 1 pods of the node that health.pods selects are there again',
    },
    {
      name: 'another Pod is not Ready',
      conditions: sound,
      pods: [agent(), aPod('web', 'n1', { labels: { app: 'agent' }, ready: false })],
      because: 'pod default/web is not Ready',
    },
  ])('waits while $name, and stays cordoned after reboot.timeout', ({ conditions, pods, because }) => {
    expect(verifying(rebooted(conditions), pods).says('n1')).toBe(
      `Verifying: waits for its health: ${because}`,
    );
    const late = verifying(rebooted(conditions, 20 * minute), pods);
    expect(late.says('n1')).toBe(`Failed: its health was not met in time: ${because}; it stays cordoned`);
    expect(late.view('n1').reason).toBe('HealthNotMet');
    expect(late.status.failures).toMatchObject([{ node: 'n1', reason: 'HealthNotMet' }]);
    expect(late.entry('n1')).toBeDefined();
    expect(late.steps('n1')).toEqual([]);
  });

  it.each([
    ['has ended', { phase: 'Succeeded', ready: false }],
    ['is going', { deletionTimestamp: noon, ready: false }],
    ['is not selected', { labels: { app: 'other' }, ready: false }],
  ] as const)('does not wait for a Pod that %s', (_name, more) => {
    expect(
      verifying(rebooted(sound), [agent(), aPod('web', 'n1', { labels: { app: 'agent' }, ...more })]).entry(
        'n1',
      )?.phase,
    ).toBe('Soaking');
  });

  it('is held nothing against before its Pods are listed', () => {
    expect(verifying(rebooted(sound, 20 * minute), undefined).says('n1')).toBe('Verifying: lists its pods');
  });

  it('waits as its claim says, whatever became of the policy', () => {
    const node = rebooted({});
    const world = aSnapshot({
      nodes: [node],
      views: [aView(node)],
      policies: [],
      pods: new Map([['n1', [agent()]]]),
    });
    const { says, steps } = reading(world, planOrphans(world), '');
    expect(says('n1')).toBe('Verifying: waits for its health: it has no condition DiskPressure');
    expect(steps('n1')).toEqual([]);
  });

  it('waits for nothing more where an older operator made the claim', () => {
    const node = aNode('n1', {
      bootID: 'boot-n1-2',
      osImage: bottlerocketImage('1.21.0'),
      claim: aClaim('n1', { order: anOrder('n1', minute) }),
    });
    expect(verifying(node, []).entry('n1')?.phase).toBe('Soaking');
  });
});

describe('a node in its soak', () => {
  const soaking = (
    conditions: NodeFacts['conditions'],
    pods: readonly PodFacts[] | undefined,
    seen: NodeViewStatus = {},
    until = ago(second),
  ): Planned => {
    const node = aNode('n1', { osImage: bottlerocketImage('1.21.0'), bootID: 'boot-n1-2', conditions });
    const claims = [anEntry('n1', { phase: 'Soaking', until })];
    return planned(
      aSnapshot({
        nodes: [node],
        views: [aView(node, { version: '1.21.0', ...seen })],
        pods: new Map(pods === undefined ? [] : [['n1', pods]]),
        policies: [aPolicy({ spec, status: { observedGeneration: 1, fence: 'me/1', claims } })],
      }),
    );
  };

  it('has its Pods watched, and frees its slot when all is well', () => {
    expect(soaking(sound, undefined).plan.watchPods).toEqual(['n1']);
    expect(soaking(sound, undefined).says('n1')).toBe('Soaking: verified; lists its pods');
    expect(soaking(sound, [agent()]).status.claims).toEqual([]);
  });

  it.each([
    ['condition', { DiskPressure: { status: 'True', since: noon - 30 * second } }, [agent()]],
    ['Pod', sound, [agent({ ready: false, readySince: noon - 30 * second })]],
  ] as const)('keeps its slot while a %s is not as it must be', (_name, conditions, pods) => {
    const { says, entry, status } = soaking(conditions, pods);
    expect(says('n1')).toContain('Soaking: unhealthy during the soak: ');
    expect(entry('n1')).toBeDefined();
    expect(status.failures).toEqual([]);
  });

  it.each([
    ['condition', { DiskPressure: { status: 'True', since: noon - 61 * second } }, [agent()]],
    ['Pod', sound, [agent({ ready: false, readySince: noon - 61 * second })]],
  ] as const)('fails when a %s has been wrong for longer than soakUnhealthy', (_name, conditions, pods) => {
    const { view, status } = soaking(conditions, pods);
    expect(view('n1').reason).toBe('UnhealthyDuringSoak');
    expect(status.failures).toMatchObject([{ reason: 'UnhealthyDuringSoak' }]);
  });

  it('remembers since when a condition is missing, which tells no time itself', () => {
    const { says, view, plan } = soaking({}, [agent()]);
    expect(says('n1')).toBe('Soaking: unhealthy during the soak: it has no condition DiskPressure');
    expect(view('n1').unhealthySince).toBe(iso(noon));
    expect(plan.wakeAt).toBe(noon + 61 * second);
  });

  it.each([
    ['has been missing for a moment', ago(20 * second), ago(20 * second)],
    ['was missing in an earlier soak', ago(hour), iso(noon)],
  ])('keeps its slot while a condition %s', (_name, unhealthySince, since) => {
    const { view } = soaking({}, [agent()], { unhealthySince });
    expect(view('n1')).toMatchObject({ state: 'Soaking', unhealthySince: since });
  });

  it('fails when a condition has been missing for longer than soakUnhealthy', () => {
    const until = ago(40 * second);
    const unhealthySince = ago(61 * second);
    const { view, status } = soaking({}, [agent()], { unhealthySince }, until);
    expect(view('n1')).toMatchObject({ state: 'Failed', reason: 'UnhealthyDuringSoak', unhealthySince });
    expect(status.failures).toMatchObject([{ reason: 'UnhealthyDuringSoak' }]);
  });

  it('fails when one fault has followed another for longer than soakUnhealthy', () => {
    const late = { DiskPressure: { status: 'True', since: noon - 20 * second } } as const;
    const { view } = soaking(late, [agent()], { unhealthySince: ago(61 * second) }, ago(40 * second));
    expect(view('n1').reason).toBe('UnhealthyDuringSoak');
  });

  it('fails as soon where rollout.soak was made shorter meanwhile', () => {
    const node = aNode('n1', { osImage: bottlerocketImage('1.21.0'), bootID: 'boot-n1-2' });
    const attempt = attemptId(node.uid, noon - 20 * minute);
    // Verified ten minutes ago, with a soak of an hour.
    const claims = [anEntry('n1', { attempt, phase: 'Soaking', until: ahead(50 * minute) })];
    const { view } = planned(
      aSnapshot({
        nodes: [node],
        views: [aView(node, { version: '1.21.0', unhealthySince: ago(2 * minute) })],
        pods: new Map([['n1', [agent()]]]),
        policies: [
          aPolicy({
            spec: { ...spec, rollout: { soak: '30s' } },
            status: { observedGeneration: 1, fence: 'me/1', claims },
          }),
        ],
      }),
    );
    expect(view('n1')).toMatchObject({ reason: 'UnhealthyDuringSoak', unhealthySince: ago(2 * minute) });
  });

  it('forgets it with the fault', () => {
    const { view } = soaking(sound, [agent()], { unhealthySince: ago(20 * second) });
    expect(view('n1').unhealthySince).toBeUndefined();
  });

  it.each([
    ['condition', { DiskPressure: { status: 'False', since: noon - 10 * second } }, [agent()]],
    ['Pod of its own', sound, [agent({ readySince: noon - 10 * second })]],
  ] as const)('begins its soak anew when a %s was wrong', (_name, conditions, pods) => {
    expect(soaking(conditions, pods).says('n1')).toBe(
      `Soaking: verified; stays healthy until ${iso(noon + 20 * second).replace('.000Z', 'Z')} before its slot is free`,
    );
  });
});
