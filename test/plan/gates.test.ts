/** Gates: what is asked and when, what a start rests on, and what is said while none may be. */
import { describe, expect, it } from '@jest/globals';
import type { Gate } from '../../src/api/health.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { type GateReading, gateKey } from '../../src/plan/gates.ts';
import { defaultSettings } from '../../src/plan/settings.ts';
import {
  ago,
  aNode,
  anEntry,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { type Planned, planned } from './planned.ts';

const latency = {
  name: 'latency',
  prometheus: { url: 'http://prometheus', query: 'slow > 1', passes: 'WhenEmpty' as const },
  stalledAfter: '10m',
} satisfies Gate;
const alerts = {
  ...latency,
  name: 'alerts',
  prometheus: { ...latency.prometheus, query: 'ALERTS' },
} satisfies Gate;

const open = { state: 'Open', because: 'the query finds nothing', at: noon - second, current: true } as const;
const closed = { ...open, state: 'Closed', because: 'the query finds {a="b"}' } as const;
const unknown = { ...open, state: 'Unknown', because: 'connection refused by http://prometheus' } as const;

interface Case {
  readonly gates?: readonly Gate[];
  readonly readings?: Readonly<Record<string, GateReading>>;
  readonly status?: Partial<PolicyStatus>;
  readonly spec?: object;
  readonly ready?: boolean;
}

/** Two nodes that are staged, one slot. */
function atTheGates({
  gates = [latency],
  readings = {},
  status = {},
  spec = {},
  ready = true,
}: Case): Planned {
  const nodes = ['n1', 'n2'].map((name) => aNode(name, { ready }));
  const known = gates.flatMap((gate): [string, GateReading][] => {
    const reading = readings[gate.name];
    return reading === undefined ? [] : [[gateKey(gate), reading]];
  });
  return planned(
    aSnapshot({
      nodes,
      views: nodes.map((node) => aView(node, staged)),
      policies: [
        aPolicy({
          spec: { health: { gates }, ...spec },
          status: { observedGeneration: 1, fence: 'me/1', ...status },
        }),
      ],
      gateReadings: new Map(known),
    }),
  );
}

const asked = ({ plan }: Planned): readonly string[] =>
  plan.askGates.map(({ prometheus }) => prometheus.query);

describe('a node', () => {
  it('is started on answers that are open, young and later than the node before', () => {
    const { entry, plan } = atTheGates({ readings: { latency: open } });
    expect(entry('n1')?.phase).toBe('Reserved');
    expect(entry('n2')).toBeUndefined();
    expect(plan.askGates).toEqual([]);
  });

  it.each<{ name: string; reading: GateReading | undefined }>([
    { name: 'no answer', reading: undefined },
    { name: 'an answer from before the ledger changed', reading: { ...open, current: false } },
    { name: 'an answer that is too old', reading: { ...open, at: noon - defaultSettings.gateFresh - 1 } },
    { name: 'an answer of a clock that was set back', reading: { ...open, at: noon + 10 * minute } },
  ])('is not started on $name: the gate is asked first', ({ reading }) => {
    const world = atTheGates(reading === undefined ? {} : { readings: { latency: reading } });
    expect(world.status.claims).toEqual([]);
    expect(world.says('n1')).toBe('Staged: its turn has come; asks the gates first');
    expect(world.says('n2')).toContain('waits for its turn');
    expect(asked(world)).toEqual(['slow > 1']);
  });

  it('is started on the oldest answer that is young enough', () => {
    const at = noon - defaultSettings.gateFresh;
    expect(atTheGates({ readings: { latency: { ...open, at } } }).entry('n1')).toBeDefined();
  });

  it('is not started in the pass in which another slot changes hands', () => {
    const soaked = anEntry('n3', { phase: 'Soaking', until: ago(minute) });
    const world = atTheGates({ readings: { latency: open }, status: { claims: [soaked] } });
    expect(world.status.claims).toEqual([]);
  });

  it('waits for every gate', () => {
    const world = atTheGates({ gates: [latency, alerts], readings: { latency: open } });
    expect(world.status.claims).toEqual([]);
    expect(asked(world)).toEqual(['ALERTS']);
  });

  describe('that has its slot and no claim yet', () => {
    const status = { claims: [anEntry('n1')] };

    it('is claimed on a young answer from after the last change of the ledger', () => {
      const world = atTheGates({ status, readings: { latency: open } });
      expect(world.says('n1')).toBe('Cordoning: its turn has come');
      expect(world.steps('n1')).toEqual(['Claim']);
    });

    it('is not claimed in the pass in which another node ends', () => {
      const soaked = anEntry('n2', { phase: 'Soaking', until: ago(minute) });
      const world = atTheGates({ status: { claims: [anEntry('n1'), soaked] }, readings: { latency: open } });
      expect(world.steps('n1')).toEqual([]);
      expect(world.says('n1')).toBe('Staged: its turn has come; asks the gates first');
      expect(world.status.claims?.map(({ node }) => node)).toEqual(['n1']);
    });

    it.each<{ name: string; reading: GateReading | undefined }>([
      { name: 'no answer', reading: undefined },
      { name: 'an answer that is too old', reading: { ...open, at: noon - defaultSettings.gateFresh - 1 } },
      {
        name: 'an answer from before its slot was given, or another node ended',
        reading: { ...open, current: false },
      },
    ])('is not claimed on $name: its slot is kept, and the gate is asked', ({ reading }) => {
      const world = atTheGates({ status, readings: reading === undefined ? {} : { latency: reading } });
      expect(world.says('n1')).toBe('Staged: its turn has come; asks the gates first');
      expect(world.steps('n1')).toEqual([]);
      expect(world.entry('n1')).toBeDefined();
      expect(asked(world)).toEqual(['slow > 1']);
    });

    it.each([closed, unknown])('gives its slot back where the gate is $state', (reading) => {
      const world = atTheGates({ status, readings: { latency: reading } });
      expect(world.steps('n1')).toEqual([]);
      expect(world.status.claims).toEqual([]);
    });
  });

  it('needs no gate where the policy has none', () => {
    expect(atTheGates({ gates: [] }).entry('n1')).toBeDefined();
  });
});

describe('a gate', () => {
  it.each([
    ['is closed', closed, 'gate latency is closed: the query finds {a="b"}', 'GateClosed', 'Closed'],
    [
      'cannot be evaluated',
      unknown,
      'gate latency cannot be evaluated: connection refused by http://prometheus',
      'GateUnknown',
      'Unknown',
    ],
  ] as const)(
    'that %s keeps every node from starting, and is named everywhere',
    (_name, reading, text, reason, state) => {
      const world = atTheGates({ readings: { latency: reading } });
      expect(world.status.claims).toEqual([]);
      expect([world.says('n1'), world.says('n2')]).toEqual([`Staged: ${text}`, `Staged: ${text}`]);
      expect(world.status.message).toBe(text);
      expect(world.condition('Progressing')).toBe(`False ${reason}`);
      expect(world.condition('Stalled')).toBe('absent');
      expect(world.status.gates).toEqual([
        { name: 'latency', state, since: ago(second), waitedSince: ago(0), because: reading.because },
      ]);
      expect(world.plan.announcements).toMatchObject([
        { type: 'Warning', reason: `Gate${state}`, note: text },
      ]);
      expect(world.plan.steps).toEqual([]);
    },
  );

  it('that is not open is asked again after a while, and wakes the plan then', () => {
    const again = noon - second + defaultSettings.gateAgain;
    const early = atTheGates({ readings: { latency: closed } });
    expect(asked(early)).toEqual([]);
    expect(early.plan.wakeAt).toBe(again);
    const at = noon - defaultSettings.gateAgain;
    expect(asked(atTheGates({ readings: { latency: { ...closed, at } } }))).toEqual(['slow > 1']);
  });

  it.each<{ name: string; world: Case }>([
    { name: 'no node would start', world: { ready: false } },
    { name: 'the policy is paused', world: { spec: { paused: true } } },
    { name: 'the policy only plans', world: { spec: { mode: 'Plan' } } },
    {
      name: 'the only slot is in use',
      world: { status: { claims: [anEntry('n1', { phase: 'Soaking', until: ago(0) })] }, ready: false },
    },
  ])('is not asked while $name', ({ world }) => {
    expect(asked(atTheGates(world))).toEqual([]);
    const at = noon - 10 * minute;
    expect(asked(atTheGates({ ...world, readings: { latency: { ...closed, at } } }))).toEqual([]);
  });

  it('is looked at once more after each node, also when nobody waits', () => {
    expect(asked(atTheGates({ readings: { latency: { ...open, current: false } }, ready: false }))).toEqual([
      'slow > 1',
    ]);
  });

  it.each([
    ['Closed', closed, 'GateClosed'],
    ['Unknown', unknown, 'GateUnknown'],
  ] as const)(
    'that is %s for longer than stalledAfter while a node waits calls a person',
    (_name, reading, reason) => {
      const gates = (msAgo: number): Case => ({
        readings: { latency: reading },
        // It closed and then could not be asked, or the other way round: it was not open all that time.
        status: {
          gates: [
            {
              name: 'latency',
              state: 'Closed',
              since: ago(20 * minute),
              waitedSince: ago(msAgo),
              because: 'x',
            },
          ],
        },
      });
      const before = atTheGates(gates(10 * minute - second));
      expect(before.condition('Stalled')).toBe('absent');
      expect(before.plan.wakeAt).toBe(noon + second);
      const after = atTheGates(gates(10 * minute));
      expect(after.condition('Stalled')).toBe(`True ${reason}`);
      expect(after.status.gates?.[0]).toMatchObject({
        since: ago(20 * minute),
        waitedSince: ago(10 * minute),
      });
    },
  );

  it('that was closed while nobody waited calls nobody at once, say when a window opens', () => {
    const gates = [
      { name: 'latency', state: 'Closed', since: ago(22 * 60 * minute), because: 'x' },
    ] as const satisfies PolicyStatus['gates'];
    const world = atTheGates({ readings: { latency: closed }, status: { gates } });
    expect(world.condition('Stalled')).toBe('absent');
    expect(world.plan.wakeAt).toBeLessThanOrEqual(noon + 10 * minute);
    const nobody = atTheGates({
      readings: { latency: closed },
      status: { gates: [{ ...gates[0], waitedSince: ago(20 * minute) }] },
      ready: false,
    });
    expect(nobody.status.gates?.[0]).not.toHaveProperty('waitedSince');
    expect(nobody.condition('Stalled')).toBe('absent');
  });

  it('that a node waits for keeps its time while the node is inspected', () => {
    const node = aNode('n1');
    const world = planned(
      aSnapshot({
        nodes: [node],
        views: [aView(node, staged)],
        tasks: [aTask(node)],
        policies: [
          aPolicy({
            spec: { health: { gates: [latency] } },
            status: {
              observedGeneration: 1,
              fence: 'me/1',
              gates: [
                {
                  name: 'latency',
                  state: 'Closed',
                  since: ago(20 * minute),
                  waitedSince: ago(10 * minute),
                  because: 'x',
                },
              ],
            },
          }),
        ],
        gateReadings: new Map([[gateKey(latency), closed]]),
      }),
    );
    expect(world.condition('Stalled')).toBe('True GateClosed');
    expect(world.status.gates?.[0]).toMatchObject({ waitedSince: ago(10 * minute) });
  });

  it('that is closed ends the estimate: nobody knows when it opens', () => {
    const estimate = (reading: GateReading): string | undefined =>
      atTheGates({ readings: { latency: reading }, status: { claims: [anEntry('n1')] } }).status
        .estimatedCompletion;
    expect(estimate(open)).toBeDefined();
    expect(estimate(closed)).toBeUndefined();
  });

  it('that opens begins a new time, and is news', () => {
    const before = { name: 'latency', state: 'Closed', since: ago(minute), because: 'x' } as const;
    const world = atTheGates({ readings: { latency: open }, status: { gates: [before] } });
    expect(world.status.gates).toEqual([
      { name: 'latency', state: 'Open', since: ago(second), because: 'the query finds nothing' },
    ]);
    expect(world.plan.announcements.map(({ reason }) => reason)).toContain('GateOpen');
  });

  it('that was not looked at by this leader yet is shown as it was, and one that is gone is not', () => {
    const stored = { name: 'latency', state: 'Closed', since: ago(minute), because: 'x' } as const;
    const gone = { ...stored, name: 'gone' };
    expect(atTheGates({ status: { gates: [stored, gone] } }).status.gates).toEqual([stored]);
  });

  it('that was edited is another one: its last answer does not count', () => {
    const edited = { ...latency, prometheus: { ...latency.prometheus, query: 'slow > 2' } };
    expect(gateKey(edited)).not.toBe(gateKey(latency));
    expect(gateKey({ ...latency, stalledAfter: '1m', name: 'other' })).toBe(gateKey(latency));
  });
});
