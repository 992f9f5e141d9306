import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Limits, scheduleTurns, type Turn } from '../../src/plan/estimate/schedule-turns.ts';
import { Heap } from '../../src/plan/estimate/heap.ts';
import { openingsOf } from '../../src/plan/estimate/openings.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import {
  aClaim,
  ago,
  ahead,
  aNode,
  anEntry,
  anOrder,
  aPdb,
  aPod,
  aPolicy,
  aSnapshot,
  aView,
  hour,
  iso,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const limits: Limits = {
  now: 0,
  slots: 1,
  groupSlots: () => 1,
  soak: 0,
  waveSoak: () => 0,
  waveOpens: () => 0,
  opening: (at) => at,
  lastWave: Number.POSITIVE_INFINITY,
};

const aTurn = (node: string, lasts: number, more: Partial<Turn> = {}): Turn => ({
  node,
  wave: 0,
  groups: [],
  lasts,
  fits: lasts,
  notBefore: 0,
  anyTime: false,
  ...more,
});

describe('turns', () => {
  interface Case {
    readonly name: string;
    readonly turns: readonly Turn[];
    readonly underWay?: Parameters<typeof scheduleTurns>[1];
    readonly limits?: Partial<Limits>;
    readonly starts: Readonly<Record<string, string>>;
    readonly done: number;
  }

  it.each<Case>([
    {
      name: 'follow each other in one slot',
      turns: [aTurn('a', 10), aTurn('b', 5)],
      starts: { a: '0 Nothing', b: '10 Slot' },
      done: 15,
    },
    {
      name: 'keep the slot for the soak',
      turns: [aTurn('a', 10), aTurn('b', 5)],
      limits: { soak: 3 },
      starts: { a: '0 Nothing', b: '13 Slot' },
      done: 21,
    },
    {
      name: 'take the slot that is free first',
      turns: [aTurn('a', 10), aTurn('b', 4), aTurn('c', 1)],
      limits: { slots: 2 },
      starts: { a: '0 Nothing', b: '0 Nothing', c: '4 Slot' },
      done: 10,
    },
    {
      name: 'wait for nodes on their way',
      turns: [aTurn('a', 10)],
      underWay: [{ wave: 0, groups: [], verified: 7 }],
      limits: { soak: 1 },
      starts: { a: '8 Slot' },
      done: 19,
    },
    {
      name: 'overtake a node whose zone is full',
      turns: [aTurn('a', 10, { groups: ['z'] }), aTurn('b', 10, { groups: ['z'] }), aTurn('c', 10)],
      limits: { slots: 2 },
      starts: { a: '0 Nothing', c: '0 Nothing', b: '10 Slot' },
      done: 20,
    },
    {
      name: 'overtake a node that backs off, until it may again',
      turns: [aTurn('a', 10, { notBefore: 15 }), aTurn('b', 12), aTurn('c', 10)],
      starts: { b: '0 Nothing', c: '12 Slot', a: '22 Slot' },
      done: 32,
    },
    {
      name: 'wait for a back-off alone',
      turns: [aTurn('a', 10, { notBefore: 15 })],
      starts: { a: '15 BackOff' },
      done: 25,
    },
    {
      name: 'of a wave wait for all of the one before, and for its soak',
      turns: [aTurn('a', 10), aTurn('b', 20), aTurn('c', 5, { wave: 1 })],
      limits: { slots: 3, waveSoak: () => 100 },
      starts: { a: '0 Nothing', b: '0 Nothing', c: '120 Wave' },
      done: 125,
    },
    {
      name: 'of a wave wait for a soak that has begun',
      turns: [aTurn('c', 5, { wave: 1 })],
      limits: { waveOpens: (wave) => wave * 40 },
      starts: { c: '40 Wave' },
      done: 45,
    },
    {
      name: 'of a wave wait for its last slot too',
      turns: [aTurn('a', 10), aTurn('c', 5, { wave: 1 })],
      limits: { slots: 2, soak: 30, waveSoak: () => 1 },
      starts: { a: '0 Nothing', c: '40 Wave' },
      done: 75,
    },
    {
      name: 'are put off where they do not fit what is left of a window',
      turns: [aTurn('a', 10), aTurn('b', 10)],
      limits: { opening: (at, fits) => (at % 100 <= 15 - fits ? at : (Math.floor(at / 100) + 1) * 100) },
      starts: { a: '0 Nothing', b: '100 Window' },
      done: 110,
    },
    {
      name: 'that a person wants now wait neither for their wave nor for a window',
      turns: [aTurn('x', 10, { wave: 3, anyTime: true }), aTurn('a', 10)],
      limits: { opening: (at) => Math.max(at, 50) },
      starts: { x: '0 Nothing', a: '50 Window' },
      done: 60,
    },
  ])('$name', ({ turns, underWay = [], limits: more, starts, done }) => {
    const scheduled = scheduleTurns(turns, underWay, { ...limits, ...more });
    const told = [...scheduled.starts].map(([node, { at, cause }]) => [node, `${at} ${cause}`]);
    expect(Object.fromEntries(told)).toEqual(starts);
    expect(told.map(([node]) => node)).toEqual(Object.keys(starts));
    expect(scheduled.done).toBe(done);
  });

  interface Never {
    readonly name: string;
    readonly turns: readonly Turn[];
    readonly limits: Partial<Limits>;
    readonly starts: readonly string[];
    readonly never: Readonly<Record<string, string>>;
  }
  const zoned = aTurn('a', 1, { groups: ['z'] });
  it.each<Never>([
    { name: 'no slot is left', turns: [zoned], limits: { slots: 0 }, starts: [], never: { a: 'Slot' } },
    {
      name: 'no window ever comes',
      turns: [zoned],
      limits: { opening: () => undefined },
      starts: [],
      never: { a: 'Window' },
    },
    {
      name: 'the zone has no place, and the others go',
      turns: [zoned, aTurn('b', 1), aTurn('c', 1)],
      limits: { groupSlots: (group) => (group === 'z' ? 0 : 1) },
      starts: ['b', 'c'],
      never: { a: 'Group' },
    },
    {
      name: 'a node is too long for every window, and the others go',
      turns: [aTurn('a', 9), aTurn('b', 1), aTurn('c', 10)],
      limits: { opening: (at, fits) => (fits < 9 ? at : undefined) },
      starts: ['b'],
      never: { a: 'Window', c: 'Window' },
    },
    {
      name: 'an earlier wave does not end',
      turns: [zoned, aTurn('b', 1, { wave: 1 }), aTurn('c', 1, { wave: 2, anyTime: true })],
      limits: { groupSlots: () => 0 },
      starts: ['c'],
      never: { a: 'Group', b: 'Wave' },
    },
    {
      name: 'a node of an earlier wave has no turn at all',
      turns: [aTurn('a', 1, { wave: 1 }), aTurn('b', 1, { wave: 2 })],
      limits: { lastWave: 1 },
      starts: ['a'],
      never: { b: 'Wave' },
    },
  ])('are never over where $name', ({ turns, limits: more, starts, never }) => {
    const scheduled = scheduleTurns(turns, [], { ...limits, ...more });
    expect([...scheduled.starts.keys()]).toEqual(starts);
    expect(Object.fromEntries(scheduled.never)).toEqual(never);
    expect(scheduled.done).toBeUndefined();
  });

  const anyTurns = fc.array(
    fc.record({
      wave: fc.integer({ min: 0, max: 2 }),
      zone: fc.integer({ min: 0, max: 2 }),
      lasts: fc.integer({ min: 1, max: 50 }),
      notBefore: fc.integer({ min: 0, max: 60 }),
    }),
    { minLength: 1, maxLength: 40 },
  );
  const turnsOf = (drawn: readonly { wave: number; zone: number; lasts: number; notBefore: number }[]) =>
    drawn.map(({ zone, ...more }, i) => aTurn(`n${i}`, more.lasts, { ...more, groups: [`z${zone}`] }));

  it('keep every limit, whatever is drawn', () => {
    fc.assert(
      fc.property(
        anyTurns,
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        (drawn, slots, zone) => {
          const turns = turnsOf(drawn);
          const soak = 4;
          const scheduled = scheduleTurns(turns, [], { ...limits, slots, groupSlots: () => zone, soak });
          const at = (node: string): number => scheduled.starts.get(node)?.at ?? Number.NaN;
          expect(scheduled.starts.size).toBe(turns.length);
          for (const turn of turns) {
            const begin = at(turn.node);
            expect(begin).toBeGreaterThanOrEqual(turn.notBefore);
            const beside = turns.filter(
              ({ node, lasts }) => at(node) <= begin && begin < at(node) + lasts + soak,
            );
            expect(beside.length).toBeLessThanOrEqual(slots);
            expect(beside.filter(({ groups }) => groups[0] === turn.groups[0]).length).toBeLessThanOrEqual(
              zone,
            );
            for (const { wave, node, lasts } of turns)
              if (wave < turn.wave) expect(begin).toBeGreaterThanOrEqual(at(node) + lasts);
          }
          expect(scheduled.done).toBe(Math.max(...turns.map(({ node, lasts }) => at(node) + lasts + soak)));
        },
      ),
    );
  });

  it('end no later with one slot more, where nodes take equally long', () => {
    fc.assert(
      fc.property(anyTurns, fc.integer({ min: 1, max: 6 }), (drawn, slots) => {
        const turns = turnsOf(drawn).map((turn) => ({ ...turn, lasts: 10, notBefore: 0, groups: [] }));
        const end = (more: number): number | undefined =>
          scheduleTurns(turns, [], { ...limits, slots: slots + more }).done;
        expect(end(1)).toBeLessThanOrEqual(end(0) ?? 0);
      }),
    );
  });

  it('of five thousand nodes are found in a moment', () => {
    const turns = Array.from({ length: 5000 }, (_, i) =>
      aTurn(`n${i}`, 1000 + (i % 97), { wave: i % 3, groups: [`z${i % 50}`] }),
    );
    const began = process.cpuUsage();
    expect(scheduleTurns(turns, [], { ...limits, slots: 100, groupSlots: () => 3 }).starts.size).toBe(5000);
    // Ten times what it takes: only what grows with the square is too slow.
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(500);
  });
});

it('a heap gives the least first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), (numbers) => {
      const heap = new Heap<number>((a, b) => a < b);
      for (const one of numbers) heap.push(one);
      expect(numbers.map(() => heap.pop())).toEqual(numbers.toSorted((a, b) => a - b));
      expect(heap.pop()).toBeUndefined();
    }),
  );
});

describe('an opening', () => {
  const nightly = { timeZone: 'UTC', windows: [{ start: '0 22 * * *', duration: '2h' }] };
  it.each([
    { name: 'is now without a schedule', schedule: undefined, at: noon, fits: hour, opens: noon },
    { name: 'is when the window opens', schedule: nightly, at: noon, fits: hour, opens: noon + 10 * hour },
    {
      name: 'is now in a window',
      schedule: nightly,
      at: noon + 11 * hour,
      fits: hour,
      opens: noon + 11 * hour,
    },
    {
      name: 'is in the next window where it does not fit this one',
      schedule: nightly,
      at: noon + 11 * hour,
      fits: hour + 1,
      opens: noon + 34 * hour,
    },
    {
      name: 'never comes where no window is long enough',
      schedule: nightly,
      at: noon,
      fits: 3 * hour,
      opens: undefined,
    },
    {
      name: 'comes with a monthly window, after more short ones than are tried',
      schedule: {
        timeZone: 'UTC',
        windows: [
          { start: '0 */6 * * *', duration: '30m' },
          { start: '0 2 1 * *', duration: '8h' },
        ],
      },
      at: Date.parse('2026-03-02T12:00:00Z'),
      fits: hour,
      opens: Date.parse('2026-04-01T02:00:00Z'),
    },
  ])('$name', ({ schedule, at, fits, opens }) => {
    expect(openingsOf(schedule)(at, fits)).toBe(opens);
  });

  it('is the same whatever was asked for before', () => {
    const schedule = {
      timeZone: 'UTC',
      windows: [...nightly.windows, { start: '0 3 * * 0', duration: '5h' }],
    };
    const question = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 1, max: 7 }));
    fc.assert(
      fc.property(fc.array(question, { minLength: 2, maxLength: 8 }), (questions) => {
        const opening = openingsOf(schedule);
        for (const [later, fits] of questions) {
          const at = noon + later * hour;
          expect(opening(at, fits * hour)).toBe(openingsOf(schedule)(at, fits * hour));
        }
      }),
    );
  });
});

describe('the estimate of a policy', () => {
  const names = ['n1', 'n2', 'n3', 'n4'];
  interface Case {
    readonly name: string;
    readonly spec?: object;
    readonly status?: object;
    /** Per node: what it took the last time. */
    readonly took?: object;
    readonly n1?: Parameters<typeof aNode>[1];
    readonly view1?: object;
    readonly more?: Parameters<typeof aSnapshot>[0];
    readonly estimate: string | undefined;
  }
  const worldOf = ({ spec, status, took, n1, view1, more }: Partial<Case>): Snapshot => {
    const nodes = names.map((name) => aNode(name, name === 'n1' ? n1 : {}));
    const lastUpdate = { from: '1.19.0', to: '1.20.0', at: ago(24 * hour), seconds: took };
    return aSnapshot({
      nodes,
      views: nodes.map((node) =>
        aView(node, {
          ...(node.name === 'n1' && view1 !== undefined ? view1 : staged),
          ...(took === undefined ? {} : { lastUpdate }),
        } as object),
      ),
      policies: [aPolicy({ spec: spec ?? {}, status: { observedGeneration: 1, fence: 'me/1', ...status } })],
      ...more,
    });
  };
  const took = { drain: 60, reboot: 90, verify: 30 };

  it.each<Case>([
    {
      name: 'rests on guesses while nothing is learned: 5 min and the soak each',
      estimate: ahead(22 * minute),
    },
    {
      name: 'never guesses more than the timeouts',
      spec: { drain: { timeout: '10s' }, reboot: { timeout: '20s' } },
      estimate: ahead(4 * minute),
    },
    { name: 'rests on what nodes took', took, estimate: ahead(14 * minute) },
    {
      name: 'is sooner with a larger budget',
      took,
      spec: { rollout: { maxUnavailable: 2 } },
      estimate: ahead(7 * minute),
    },
    {
      name: 'counts on no slot that somebody else uses',
      took,
      spec: { rollout: { maxUnavailable: 2 } },
      n1: { ready: false },
      estimate: ahead(10.5 * minute),
    },
    {
      name: 'knows how far a node on its way is',
      took,
      n1: { claim: aClaim('n1', { at: ago(2 * minute), order: anOrder('n1', minute) }) },
      status: { claims: [anEntry('n1')] },
      // One minute of its two is over.
      estimate: ahead(minute + 30 * second + 3 * 3.5 * minute),
    },
    {
      name: 'gives a node that takes longer than usual a quarter of its time more',
      took,
      n1: { claim: aClaim('n1', { at: ago(10 * minute), order: anOrder('n1', 6 * minute) }) },
      status: { claims: [anEntry('n1')] },
      estimate: ahead(1.5 * minute + 30 * second + 3 * 3.5 * minute),
    },
    {
      name: 'counts on failures as there were',
      took,
      status: { rollout: { target: '1.21.0', startedAt: ago(hour), updated: 7, failed: 5 } },
      spec: { rollout: { soak: '0s' } },
      // The one that has its slot, and three that are tried one and a half times.
      estimate: ahead(3 * minute + 3 * 4.5 * minute),
    },
    {
      name: 'waits for the soak of a wave',
      took,
      spec: { rollout: { waves: [{ name: 'first', nodes: 1, soak: '1h' }] } },
      estimate: ahead(3 * minute + hour + 3 * 3.5 * minute + 30 * second),
    },
    {
      name: 'is not told while it is paused',
      spec: { paused: true },
      status: { estimatedCompletion: ahead(hour) },
      estimate: undefined,
    },
    {
      name: 'is not told while it is halted',
      status: {
        failures: [
          {
            node: 'n2',
            nodeUID: 'uid-n2',
            version: '1.21.0',
            attempt: 'a',
            reason: 'FellBack',
            at: ago(hour),
          },
        ],
      },
      estimate: undefined,
    },
    {
      name: 'is not told where a budget blocks all that is left',
      more: {
        previews: new Map(
          names.map((name) => [name, { at: noon, nodeUID: `uid-${name}`, pods: [aPod(`p-${name}`, name)] }]),
        ),
        pdbs: [aPdb('web', { disruptionsAllowed: 0 })],
      },
      estimate: undefined,
    },
  ])('$name', ({ estimate, ...world }) => {
    const at = planned(worldOf(world)).status.estimatedCompletion;
    expect(at).toBe(
      estimate === undefined ? undefined : iso(Math.ceil(Date.parse(estimate) / (10 * second)) * 10 * second),
    );
  });

  describe('that is written', () => {
    const settled = (estimate: number): Snapshot => {
      const n1 = { claim: aClaim('n1', { at: ago(2 * minute), order: anOrder('n1', minute) }) };
      const world = worldOf({ took, n1, status: { claims: [anEntry('n1')] } });
      const { status } = planned(world);
      const shown = { ...status, estimatedCompletion: iso(noon + estimate) };
      return { ...world, policies: world.policies.map((policy) => ({ ...policy, status: shown })) };
    };
    it.each([
      { name: 'stays where it has moved little', estimate: 12 * minute + 20 * second, written: false },
      { name: 'is written where it has moved much', estimate: 14 * minute, written: true },
      { name: 'is written where it has come true too early', estimate: -second, written: true },
    ])('$name', ({ estimate, written }) => {
      const { plan } = planned(settled(estimate));
      expect(plan.status?.estimatedCompletion).toBe(written ? ahead(12 * minute) : undefined);
      expect(plan.statusUrgent).toBe(false);
    });
  });

  it('is never in the past', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 3 * hour }),
        fc.integer({ min: 0, max: 3 * hour }),
        fc.integer({ min: -hour, max: hour }),
        (claimed, orderedAgo, estimate) => {
          const order = orderedAgo < claimed ? { order: anOrder('n1', orderedAgo) } : {};
          const world = worldOf({
            took,
            n1: { claim: aClaim('n1', { at: ago(claimed), ...order }) },
            status: { claims: [anEntry('n1')], estimatedCompletion: iso(noon + estimate) },
          });
          const { estimatedCompletion } = planned(world).status;
          const at = estimatedCompletion === undefined ? undefined : Date.parse(estimatedCompletion);
          expect(at === undefined || at > noon).toBe(true);
        },
      ),
    );
  });
});
