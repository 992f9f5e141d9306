import { describe, expect, it } from '@jest/globals';
import type { PolicyStatus, Rollout } from '../../src/api/policy-status.ts';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  aCosNode,
  ago,
  aNode,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aTask,
  anAnswer,
  aView,
  bottlerocketImage,
  hour,
  iso,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { type Planned, planned } from './planned.ts';

const booted = { bootID: 'boot-n1-2', osImage: bottlerocketImage('1.21.0') };
const current = {
  version: '1.21.0',
  available: '1.21.0',
  inspectedBootID: 'boot-n1-2',
  inspectedImage: booted.osImage,
};
const rollout: Rollout = { target: '1.21.0', startedAt: ago(hour), updated: 3, failed: 1 };
const finished = (at: number): Rollout => ({
  ...rollout,
  endedAt: ago(at),
  outcome: 'Complete',
});

interface Case {
  readonly name: string;
  readonly n1?: Parameters<typeof aNode>[1];
  readonly view1?: object;
  readonly n2?: Parameters<typeof aNode>[1];
  readonly view2?: object;
  readonly spec?: object;
  readonly status?: Partial<PolicyStatus>;
  readonly more?: Parameters<typeof aSnapshot>[0];
  readonly rollout?: Partial<Rollout>;
  readonly last?: Partial<Rollout>;
  readonly event?: string;
}

function worldOf({ n1, view1 = staged, n2, view2 = {}, spec, status, more }: Case): Snapshot {
  const [first, second_] = [aNode('n1', n1), aNode('n2', n2)];
  return aSnapshot({
    nodes: [first, second_],
    views: [aView(first, view1), aView(second_, view2)],
    policies: [aPolicy({ spec: spec ?? {}, status: { observedGeneration: 1, fence: 'me/1', ...status } })],
    ...more,
  });
}

const ordered = aClaim('n1', { at: ago(3 * minute), order: anOrder('n1', 2 * minute) });

describe('a rollout', () => {
  it.each<Case>([
    {
      name: 'begins with the first slot that is given for an update',
      rollout: { target: '1.21.0', startedAt: iso(noon), updated: 0, failed: 0 },
      event: 'RolloutStarted',
    },
    {
      name: 'begins with a claim that the ledger does not know',
      n1: { claim: ordered },
      rollout: { target: '1.21.0', startedAt: iso(noon), updated: 0 },
    },
    {
      name: 'does not begin while nodes are only downloading',
      view1: { available: '1.21.0' },
    },
    {
      name: 'counts a node in the pass that writes it down as verified',
      n1: { ...booted, claim: ordered },
      view1: current,
      view2: staged,
      status: { claims: [anEntry('n1')], rollout },
      rollout: { updated: 4, failed: 1, startedAt: rollout.startedAt },
    },
    {
      name: 'does not count it again while it soaks',
      n1: booted,
      view1: current,
      view2: staged,
      status: {
        claims: [anEntry('n1', { phase: 'Soaking', until: iso(noon + second) })],
        rollout: { ...rollout, updated: 4 },
      },
      rollout: { updated: 4 },
    },
    {
      name: 'takes a node back that was verified and fell back while its hook ran',
      n1: { claim: ordered, bootID: 'boot-n1-3' },
      view1: { inspectedBootID: 'boot-n1-3' },
      view2: staged,
      status: { claims: [anEntry('n1', { phase: 'Soaking', until: iso(noon + second) })], rollout },
      spec: { hooks: { afterUpdate: { image: 'example.invalid/hook:1' } }, rollout: { maxFailures: 3 } },
      more: { hooks: [] },
      rollout: { updated: 2, failed: 2 },
    },
    {
      name: 'counts a node that fails, and goes on while the halt lasts',
      n1: { claim: ordered, bootID: 'boot-n1-2' },
      view1: { inspectedBootID: 'boot-n1-2' },
      view2: staged,
      status: { claims: [anEntry('n1')], rollout },
      rollout: { updated: 3, failed: 2 },
    },
    {
      name: 'does not count the same failure again',
      view2: staged,
      status: {
        rollout: { ...rollout, failed: 2 },
        failures: [
          {
            node: 'n1',
            nodeUID: 'uid-n1',
            version: '1.21.0',
            attempt: 'a',
            reason: 'FellBack',
            at: ago(minute),
          },
        ],
      },
      rollout: { failed: 2 },
    },
    {
      name: 'goes on while it is paused',
      spec: { paused: true },
      status: { rollout },
      rollout: { updated: 3 },
    },
    {
      name: 'is complete when all nodes are up to date and no slot is in use',
      view1: {},
      status: { rollout, history: [finished(24 * hour)] },
      last: { outcome: 'Complete', endedAt: iso(noon), updated: 3, failed: 1 },
    },
    {
      name: 'is not over while a node is still to be inspected',
      view1: {},
      view2: { inspectedBootID: 'another' },
      status: { rollout },
      rollout: { updated: 3 },
    },
    {
      name: 'is stopped by mode Plan',
      spec: { mode: 'Plan' },
      status: { rollout },
      last: { outcome: 'Stopped', endedAt: iso(noon), target: '1.21.0' },
      event: 'RolloutStopped',
    },
    {
      name: 'is not stopped by mode Plan before what was ordered is done',
      n1: { claim: ordered },
      spec: { mode: 'Plan' },
      status: { rollout, claims: [anEntry('n1')] },
      rollout: { updated: 3 },
    },
    {
      name: 'is stopped when a person holds what is left',
      n1: { annotations: { 'containeros.dev/hold': 'x' } },
      status: { rollout },
      last: { outcome: 'Stopped' },
    },
    {
      name: 'is superseded by another exact version',
      spec: { target: { version: '1.22.0' } },
      view1: { available: '1.22.0', asked: '1.22.0' },
      status: { rollout },
      last: { outcome: 'Superseded', target: '1.21.0' },
      event: 'RolloutSuperseded',
    },
    {
      name: 'is superseded when a node that it has updated is to go on',
      view1: {
        ...staged,
        lastUpdate: { from: '1.19.0', to: '1.20.0', at: ago(minute), seconds: { drain: 10, reboot: 20 } },
      },
      status: { rollout: { ...rollout, target: '1.20.0' } },
      last: { outcome: 'Superseded', target: '1.20.0' },
    },
    {
      name: 'that was superseded still gets what was on its way by then',
      n1: { ...booted, claim: ordered },
      view1: current,
      view2: staged,
      status: {
        claims: [anEntry('n1')],
        history: [{ ...rollout, endedAt: ago(second), outcome: 'Superseded' }],
      },
      last: { outcome: 'Superseded', updated: 4, endedAt: ago(second) },
    },
  ])('$name', ({ rollout: wanted, last, event, ...world }) => {
    const { status, plan } = planned(worldOf({ ...world, name: '' }));
    if (wanted === undefined) expect(status.rollout).toBeUndefined();
    else expect(status.rollout).toMatchObject(wanted);
    if (last !== undefined) expect(status.history?.[0]).toMatchObject(last);
    else expect(status.history).toEqual(world.status?.history);
    const told = plan.announcements.map(({ reason }) => reason);
    if (event !== undefined) expect(told).toContain(event);
  });

  it('of COS does not begin with a check', () => {
    const node = aCosNode('n1');
    const cos = aSnapshot({
      nodes: [node],
      views: [aView(node, { os: 'ContainerOptimizedOS', policy: 'cos', version: '18613.164.68' })],
      policies: [aPolicy({ name: 'cos', spec: { os: 'ContainerOptimizedOS' } })],
    });
    const { status, steps } = planned(cos, 'uid-cos');
    expect(status.claims).toHaveLength(1);
    expect(status.rollout).toBeUndefined();
    const asked = {
      ...cos,
      policies: [{ ...aPolicy({ name: 'cos', spec: { os: 'ContainerOptimizedOS' } }), status }],
    };
    expect(steps('n1')).toEqual([]);
    const task = aTask(node, {
      task: 'Stage',
      policyUID: 'uid-cos',
      answer: anAnswer(node, { os: 'ContainerOptimizedOS', version: '18613.164.68', staged: '18613.164.98' }),
    });
    const found = planned({ ...asked, tasks: new Map([['uid-n1', task]]) }, 'uid-cos');
    expect(found.status.rollout).toMatchObject({ target: '18613.164.98', updated: 0 });
  });

  it('names several versions by their number', () => {
    const lastUpdate = (to: string) => ({
      lastUpdate: { from: '1.19.0', to, at: ago(minute), seconds: { drain: 1, reboot: 1 } },
    });
    const world = worldOf({
      name: '',
      view1: lastUpdate('1.20.0'),
      view2: lastUpdate('1.20.1'),
      status: { rollout },
    });
    expect(planned(world).status.history?.[0]?.target).toBe('Mixed(2)');
  });

  it('leaves the last ten, the newest first', () => {
    const history = Array.from({ length: 10 }, (_, i) => finished((i + 1) * hour));
    const { status } = planned(worldOf({ name: '', view1: {}, status: { rollout, history } }));
    expect(status.history).toHaveLength(10);
    expect(status.history?.[0]?.endedAt).toBe(iso(noon));
    expect(status.history?.slice(1)).toEqual(history.slice(0, 9));
  });

  it('says the same when a pass is repeated', () => {
    const world = worldOf({
      name: '',
      n1: { ...booted, claim: ordered },
      view1: current,
      view2: staged,
      status: { claims: [anEntry('n1')], rollout },
    });
    const first = planned(world).status;
    const again = planPolicy(
      { ...world, policies: world.policies.map((policy) => ({ ...policy, status: first })) },
      'uid-bottlerocket',
    );
    expect(again.status?.rollout ?? first.rollout).toEqual(first.rollout);
    expect(first.rollout?.updated).toBe(4);
  });
});

describe('the seconds of an update', () => {
  const verified = (
    node: Parameters<typeof aNode>[1],
    more: object = {},
  ): Readonly<Record<string, number>> => {
    const n1 = {
      ...booted,
      ...node,
      claim: aClaim('n1', { at: ago(200 * second), order: anOrder('n1', 150 * second), ...more }),
    };
    const world = worldOf({
      name: '',
      n1,
      view1: current,
      status: { claims: [anEntry('n1', more)], rollout },
    });
    return planned(world).view('n1').lastUpdate?.seconds ?? {};
  };

  it('are split where the node was seen to come back', () => {
    expect(verified({ readySince: noon - 30 * second })).toEqual({ drain: 50, reboot: 120, verify: 30 });
  });

  it('are not split where it was Ready all the time', () => {
    expect(verified({})).toEqual({ drain: 50, reboot: 150 });
  });

  it('begin with the slot where staging belongs to the turn', () => {
    const attempt = `uid-n1-${(noon - 260 * second).toString(36)}`;
    const world = worldOf({
      name: '',
      n1: {
        ...booted,
        claim: aClaim('n1', { at: ago(200 * second), order: anOrder('n1', 150 * second), attempt }),
      },
      view1: current,
      spec: { rollout: { prefetch: { enabled: false } } },
      status: { claims: [anEntry('n1', { attempt })], rollout },
    });
    expect(planned(world).view('n1').lastUpdate?.seconds).toEqual({ stage: 60, drain: 50, reboot: 150 });
  });
});

describe('a rollout on COS, where each node is asked in its own turn', () => {
  const [old, next] = ['18613.164.68', '18613.164.98'];
  const last = (checkedAt: string, version: string): Planned => {
    const nodes = ['n1', 'n2'].map((name) => aCosNode(name));
    const about = { os: 'ContainerOptimizedOS', policy: 'cos', state: 'UpToDate' } as const;
    return planned(
      aSnapshot({
        nodes,
        views: nodes.map((node) =>
          aView(node, {
            ...about,
            ...(node.name === 'n1'
              ? { version: next, checkedAt: ago(hour) }
              : { version, checkedAt, inspectedAt: ago(minute) }),
          }),
        ),
        policies: [
          aPolicy({
            name: 'cos',
            spec: { os: 'ContainerOptimizedOS' },
            status: {
              observedGeneration: 1,
              fence: 'me/1',
              rollout: { target: next, startedAt: ago(hour), updated: 1, failed: 0 },
            },
          }),
        ],
      }),
      'uid-cos',
    );
  };
  const complete = ({ plan }: Planned): boolean =>
    plan.announcements.some(({ reason }) => reason === 'RolloutComplete');

  it('lasts until those that are older were asked, though they were up to date at their last check', () => {
    const plan = last(ago(3 * hour), old);
    expect(plan.status.history).toBeUndefined();
    expect(complete(plan)).toBe(false);
  });

  it.each([
    ['was asked since it began, and is offered nothing', ago(minute), old],
    ['runs its version already', ago(3 * hour), next],
  ])('ends where the last one %s', (_name, checkedAt, version) => {
    const plan = last(checkedAt, version);
    expect(plan.status.history).toMatchObject([{ outcome: 'Complete', updated: 1 }]);
    expect(complete(plan)).toBe(true);
  });
});
