import { describe, expect, it } from '@jest/globals';
import { updateNowKey } from '../../src/api/keys.ts';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import {
  aClaim,
  aCosNode,
  ahead,
  aNode,
  anEntry,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  cosImage,
  hour,
  minute,
  noon,
  staged,
} from '../support/builders.ts';
import { planned, type Planned } from './planned.ts';

/** A window around noon, 12:00 UTC; the sum of timeouts is 50m. */
const window = (start: string, duration: string): object => ({ windows: [{ start, duration }] });
const open = window('0 11 * * *', '3h');
const closed = window('0 22 * * *', '6h');
const ending = window('0 11 * * *', '90m');
const short = window('0 11 * * *', '49m');

const policyOf = (schedule: object, spec: object = {}, status: object = {}) => [
  aPolicy({
    spec: { schedule, checkInterval: '48h', ...spec },
    status: { observedGeneration: 1, fence: 'me/1', ...status },
  }),
];
const node = aNode('n1');
const update = { [updateNowKey]: 'because it burns' };
const now = aNode('n1', { annotations: update });
const reserved = { claims: [anEntry('n1')] };

function plan(
  schedule: object,
  more: { readonly status?: object; readonly spec?: object } & Parameters<typeof aSnapshot>[0] = {},
): Planned {
  const { status, spec, ...rest } = more;
  return planned(
    aSnapshot({
      nodes: [node],
      views: [aView(node, staged)],
      policies: policyOf(schedule, spec, status),
      ...rest,
    }),
  );
}

describe('a staged node', () => {
  it('is taken while the window is open and long enough', () => {
    const told = plan(open);
    expect(told.entry('n1')).toBeDefined();
    expect(told.status.nextWindow).toBeUndefined();
  });

  it('waits for the window, and the policy says when that is', () => {
    const told = plan(closed);
    expect(told.entry('n1')).toBeUndefined();
    expect(told.says('n1')).toBe('Staged: waits for the window that opens at 2026-03-02T22:00:00Z');
    expect(told.view('n1').reason).toBe('OutsideWindow');
    expect(told.status.nextWindow).toBe('2026-03-02T22:00:00.000Z');
    expect(told.status.message).toBe(
      'waits for the window that opens at 2026-03-02T22:00:00Z; 1 node is left to update',
    );
    expect(told.condition('Progressing')).toBe('False OutsideWindow');
    expect(told.condition('Stalled')).toBe('absent');
    expect(told.plan.wakeAt).toBe(noon + 10 * hour);
  });

  it('waits for the end of a blackout, and says why', () => {
    const told = plan({
      ...open,
      blackouts: [{ from: ahead(-hour), to: ahead(hour), reason: 'the launch' }],
    });
    expect(told.says('n1')).toBe('Staged: blackout until 2026-03-02T13:00:00Z: the launch');
    expect(told.condition('Progressing')).toBe('False Blackout');
    expect(told.status.nextWindow).toBe('2026-03-02T13:00:00.000Z');
    expect(told.plan.wakeAt).toBe(noon + hour);
  });

  it('is told when the next window opens, if none is open after the blackout', () => {
    const told = plan({ ...closed, blackouts: [{ from: ahead(-hour), to: ahead(hour) }] });
    expect(told.says('n1')).toBe(
      'Staged: blackout until 2026-03-02T13:00:00Z; after it the next window opens at 2026-03-02T22:00:00Z',
    );
  });

  it('is not begun when it cannot be expected to be done in time', () => {
    const told = plan(ending);
    expect(told.entry('n1')).toBeUndefined();
    expect(told.says('n1')).toBe(
      'Staged: the window closes at 2026-03-02T12:30:00Z, and it is expected to be out of service for 50m, the sum of drain.timeout and reboot.timeout',
    );
    expect(told.status.message).toContain('n1: the window closes at');
    expect(told.plan.wakeAt).toBe(noon + 30 * minute);
  });

  it.each([
    { name: 'that fits to the millisecond is taken', at: noon + 10 * minute, taken: true },
    { name: 'that does not by a millisecond is not', at: noon + 10 * minute + 1, taken: false },
  ])('$name', ({ at, taken }) => {
    const told = plan(window('0 11 * * *', '2h'), { now: at });
    expect(told.entry('n1') !== undefined).toBe(taken);
  });

  it('fits by what earlier nodes of the policy took', () => {
    const earlier = aNode('n2', { osImage: 'Bottlerocket OS 1.21.0 (aws-k8s-1.34)' });
    const told = plan(ending, {
      nodes: [node, earlier],
      views: [
        aView(node, staged),
        aView(earlier, {
          version: '1.21.0',
          lastUpdate: { from: '1.20.0', to: '1.21.0', at: ahead(-hour), seconds: { drain: 60, reboot: 180 } },
        }),
      ],
    });
    expect(told.entry('n1')).toBeDefined();
  });
});

describe('no window is long enough', () => {
  it('is said, with what to do', () => {
    const told = plan(short);
    const because =
      'no window is long enough: the longest is 49m, and it is expected to be out of service for 50m, the sum of drain.timeout and reboot.timeout';
    expect(told.says('n1')).toBe(`Staged: ${because}`);
    expect(told.condition('Stalled')).toBe('True WindowTooShort');
    expect(told.status.message).toBe(
      `n1: ${because}; lengthen a window of spec.schedule, or lower drain.timeout or reboot.timeout`,
    );
    expect(told.plan.announcements).toMatchObject([{ reason: 'WindowTooShort', type: 'Warning' }]);
  });

  it('also by what was learned', () => {
    const earlier = aNode('n2', { osImage: 'Bottlerocket OS 1.21.0 (aws-k8s-1.34)' });
    const told = plan(short, {
      nodes: [node, earlier],
      views: [
        aView(node, staged),
        aView(earlier, {
          version: '1.21.0',
          lastUpdate: {
            from: '1.20.0',
            to: '1.21.0',
            at: ahead(-hour),
            seconds: { drain: 3600, reboot: 180 },
          },
        }),
      ],
    });
    expect(told.status.message).toBe(
      'n1: no window is long enough: the longest is 49m, and it is expected to be out of service for 1h3m, as learned from 1 earlier node; lengthen a window of spec.schedule, or annotate the node with containeros.dev/update-now',
    );
  });

  it('stalls nothing while a node is on its way from which that may be learned', () => {
    const other = aNode('n2', { claim: aClaim('n2') });
    const told = plan(short, {
      nodes: [node, other],
      views: [aView(node, staged), aView(other, staged)],
      status: { claims: [anEntry('n2')] },
    });
    expect(told.condition('Stalled')).toBe('absent');
  });
});

describe('a schedule that never opens', () => {
  it('is said, and nothing is begun', () => {
    const told = plan(window('0 0 30 2 *', '4h'));
    expect(told.entry('n1')).toBeUndefined();
    expect(told.says('n1')).toBe('Staged: no window opens');
    expect(told.condition('Stalled')).toBe('True WindowNeverOpens');
    expect(told.status.nextWindow).toBeUndefined();
  });

  it('is said also while there is nothing to do', () => {
    const told = plan(window('0 0 30 2 *', '4h'), { views: [aView(node)] });
    expect(told.condition('Stalled')).toBe('True WindowNeverOpens');
  });
});

describe('what else a closed window holds back', () => {
  it('is not the download ahead', () => {
    const told = plan(closed, { views: [aView(node, { available: '1.21.0' })] });
    expect(told.steps('n1')).toEqual(['Stage task']);
  });

  it('is not the inspection', () => {
    expect(plan(closed, { views: [] }).steps('n1')).toEqual(['Inspect task']);
  });

  it('is the Stage of a node whose downloads belong to its turn', () => {
    const told = plan(closed, {
      views: [aView(node, { available: '1.21.0' })],
      spec: { rollout: { prefetch: { enabled: false } } },
    });
    expect(told.steps('n1')).toEqual([]);
    expect(told.says('n1')).toBe('Outdated: waits for the window that opens at 2026-03-02T22:00:00Z');
  });

  it('is the Stage of a COS node, which installs what it finds', () => {
    const cosNode = aCosNode('n1');
    const told = (schedule: object): Planned =>
      planned(
        aSnapshot({
          nodes: [cosNode],
          views: [aView(cosNode, cosView)],
          policies: [aPolicy({ name: 'cos', spec: { os: 'ContainerOptimizedOS', schedule } })],
        }),
        'uid-cos',
      );
    expect(told(closed).says('n1')).toBe('Unknown: waits for the window that opens at 2026-03-02T22:00:00Z');
    expect(told(closed).entry('n1')).toBeUndefined();
    // 30m to drain, 20m to reboot and 20m to stage.
    expect(told(window('0 11 * * *', '129m')).entry('n1')).toBeUndefined();
    expect(told(window('0 11 * * *', '130m')).entry('n1')).toBeDefined();
  });

  it('is not what nodes on their way still do', () => {
    const claimed = aNode('n1', { claim: aClaim('n1') });
    const told = plan(closed, { nodes: [claimed], views: [aView(claimed, staged)], status: reserved });
    expect(told.steps('n1')).toEqual(['Order']);
    expect(told.status.message).toContain('n1 Rebooting');
  });

  it('is not the message while others wait beside a node on its way', () => {
    const claimed = aNode('n2', { claim: aClaim('n2') });
    const told = plan(closed, {
      nodes: [node, claimed],
      views: [aView(node, staged), aView(claimed, staged)],
      status: { claims: [anEntry('n2')] },
    });
    expect(told.status.message).toBe(
      'n2 Rebooting; n2: drained; the reboot is ordered; nothing else starts: waits for the window that opens at 2026-03-02T22:00:00Z; 1 node is left to update',
    );
  });
});

const cosView: NodeViewStatus = {
  os: 'ContainerOptimizedOS',
  policy: 'cos',
  version: '18613.164.68',
  inspectedImage: cosImage,
};

describe('at the closing second (S9)', () => {
  const closesAtNoon = window('0 9 * * *', '3h');

  it('a node with a slot is claimed in the last millisecond', () => {
    const told = plan(closesAtNoon, { now: noon - 1, status: reserved });
    expect(told.steps('n1')).toEqual(['Claim']);
  });

  it('and loses its slot in the next one', () => {
    const told = plan(closesAtNoon, { now: noon, status: reserved });
    expect(told.steps('n1')).toEqual([]);
    expect(told.entry('n1')).toBeUndefined();
    expect(told.says('n1')).toBe('Staged: waits for the window that opens at 2026-03-03T09:00:00Z');
  });

  it('also while it is being staged: that ends by itself', () => {
    const told = plan(closesAtNoon, {
      status: reserved,
      views: [aView(node, { available: '1.21.0' })],
      tasks: [aTask(node, { task: 'Stage' })],
    });
    expect(told.entry('n1')).toBeUndefined();
    expect(told.steps('n1')).toEqual([]);
  });

  it('the pass is due when the window closes', () => {
    expect(plan(closesAtNoon, { now: noon - minute, status: reserved }).plan.wakeAt).toBe(noon);
  });

  it('a blackout closes as a window does', () => {
    const told = plan({ blackouts: [{ from: ahead(0), to: ahead(hour) }] }, { status: reserved });
    expect(told.steps('n1')).toEqual([]);
    expect(told.entry('n1')).toBeUndefined();
  });
});

describe('events', () => {
  it('tell that the window closed in mid-rollout', () => {
    expect(plan(closed).plan.announcements).toMatchObject([
      {
        reason: 'WindowClosed',
        note: '0/1 nodes are up to date; waits for the window that opens at 2026-03-02T22:00:00Z',
      },
    ]);
  });

  it('tell that it opened', () => {
    expect(plan(open, { status: { nextWindow: ahead(-hour) } }).plan.announcements).toMatchObject([
      { reason: 'RolloutStarted' },
      {
        reason: 'WindowOpened',
        note: '0/1 nodes are up to date; nodes may be started until 2026-03-02T14:00:00Z',
      },
    ]);
  });

  it('tell nothing where nothing is to be done', () => {
    const upToDate = [aView(node)];
    const reasons = (told: Planned): readonly string[] => told.plan.announcements.map(({ reason }) => reason);
    expect(reasons(plan(closed, { views: upToDate }))).toEqual(['RolloutComplete']);
    const opened = plan(open, { views: upToDate, status: { nextWindow: ahead(-hour) } });
    expect(reasons(opened)).toEqual(['RolloutComplete']);
  });
});

describe('update-now', () => {
  const views = [aView(node, staged)];

  it.each([
    { name: 'outside a window', schedule: closed },
    { name: 'in a blackout', schedule: { blackouts: [{ from: ahead(-hour), to: ahead(hour) }] } },
    { name: 'when the rest of the window is short', schedule: ending },
    { name: 'when no window is long enough', schedule: short },
    { name: 'when no window ever opens', schedule: window('0 0 30 2 *', '4h') },
  ])('takes a node $name, and claims it', ({ schedule }) => {
    expect(plan(schedule, { nodes: [now] }).entry('n1')).toBeDefined();
    expect(plan(schedule, { nodes: [now], status: reserved }).steps('n1')).toEqual(['Claim']);
  });

  it('lets nobody else through', () => {
    const other = aNode('n2');
    const told = plan(closed, {
      nodes: [other, now],
      views: [...views, aView(other, staged)],
      spec: { rollout: { maxUnavailable: 2 } },
    });
    expect(told.status.claims).toMatchObject([{ node: 'n1' }]);
  });

  it('gives the slot back when it is taken away again before the claim', () => {
    expect(plan(closed, { status: reserved }).entry('n1')).toBeUndefined();
  });

  it.each([
    { name: 'a pause', spec: { paused: true } },
    { name: 'mode Plan', spec: { mode: 'Plan' } },
  ])('does not skip $name', ({ spec }) => {
    expect(plan(closed, { nodes: [now], spec }).entry('n1')).toBeUndefined();
  });

  it('does not skip the budget', () => {
    const down = aNode('n2', { ready: false });
    const told = plan(closed, { nodes: [now, down], views: [...views, aView(down)] });
    expect(told.entry('n1')).toBeUndefined();
    expect(told.status.message).toBe('budget used by n2, NotReady');
  });

  it('means nothing on a node that is up to date', () => {
    const told = plan(closed, { nodes: [now], views: [aView(node)] });
    expect(told.plan.steps).toEqual([]);
    expect(told.says('n1')).toBe('UpToDate: 1.20.0 is the newest that the node is offered');
  });

  describe('on a node that somebody cordoned', () => {
    const cordoned = aNode('n1', { unschedulable: true, annotations: update });

    it('takes it, though it is what uses the budget', () => {
      expect(plan({}, { nodes: [cordoned] }).entry('n1')).toBeDefined();
    });

    it('does not where the budget is exceeded already', () => {
      const down = aNode('n2', { ready: false });
      const told = plan({}, { nodes: [cordoned, down], views: [...views, aView(down)] });
      expect(told.entry('n1')).toBeUndefined();
    });

    it('costs no slot of the budget', () => {
      const other = aNode('n2');
      const told = plan(
        {},
        {
          nodes: [cordoned, other],
          views: [...views, aView(other, staged)],
          spec: { rollout: { maxUnavailable: 2 } },
        },
      );
      expect(told.status.claims).toMatchObject([{ node: 'n1' }, { node: 'n2' }]);
    });

    it('takes no further place of its zone either, and none of a zone that is over its limit', () => {
      const spec = {
        rollout: { maxUnavailable: 3, topology: { key: 'zone', maxUnavailable: 1 } },
      };
      const here = { labels: { zone: 'a' } };
      const one = aNode('n1', { unschedulable: true, annotations: update, ...here });
      expect(plan({}, { nodes: [one], spec }).entry('n1')).toBeDefined();
      const down = aNode('n2', { ready: false, ...here });
      const told = plan({}, { nodes: [one, down], views: [...views, aView(down)], spec });
      expect(told.entry('n1')).toBeUndefined();
    });

    it('notes in the claim whose cordon it is, and leaves it at the release', () => {
      const { claim } = plan({}, { nodes: [cordoned], status: reserved }).step('n1', 'Claim');
      expect(claim.foreignCordon).toBe(true);
      const verified = aNode('n1', { claim: { ...claim, attempt: 'attempt-n1' }, annotations: update });
      const told = plan({}, { nodes: [verified], status: { claims: [] }, spec: { paused: true } });
      expect(told.steps('n1')).toEqual(['Release']);
    });

    it('a node of ours has no such note', () => {
      expect(plan({}, { status: reserved }).step('n1', 'Claim').claim.foreignCordon).toBeUndefined();
    });
  });

  it('leaves a node alone that somebody cordoned and does not wish so', () => {
    const cordoned = aNode('n1', { unschedulable: true });
    expect(plan({}, { nodes: [cordoned] }).says('n1')).toBe('Held: cordoned by somebody else');
  });
});
