/** What must be true beside the nodes' versions: gates before and between nodes, and health after each. */
import type { Deed, Scenario } from '../scenario.ts';
import { aStory, bottlerocket, cos, hour, minute } from './a-story.ts';

const gates = (stalledAfter = '1h'): object => ({
  health: {
    gates: [{ name: 'alerts', prometheus: { url: 'http://prometheus', query: 'alerts' }, stalledAfter }],
  },
});
const gate = (at: number, state: 'Open' | 'Closed' | 'Unknown'): Deed => ({
  at,
  what: { do: 'gate', query: 'alerts', state },
});
const disk = (at: number, status: 'True' | 'False', node = 'n2'): Deed => ({
  at,
  what: { do: 'condition', node, type: 'DiskPressure', status },
});
const machines: Scenario['machines'] = bottlerocket('n1', 'n2').map((machine) => ({
  ...machine,
  conditions: { DiskPressure: 'False' },
}));
const noDiskPressure = { nodeConditions: [{ type: 'DiskPressure', status: 'False' }] };

export const gateStories: Readonly<Record<string, Scenario>> = {
  'gate-red-before': aStory({ spec: gates(), deeds: [gate(0, 'Closed'), gate(10 * minute, 'Open')] }),
  'gate-turns-red-in-mid-rollout': aStory({
    spec: gates(),
    // n1 is on its way: it finishes, and n2 waits.
    deeds: [gate(90_000, 'Closed'), gate(30 * minute, 'Open')],
  }),
  'gate-without-an-answer-stalls-and-comes-back': aStory({
    spec: gates('10m'),
    deeds: [gate(0, 'Unknown'), gate(25 * minute, 'Open')],
  }),
  'gate-on-cos': aStory({
    machines: cos('n1', 'n2'),
    spec: gates(),
    deeds: [gate(2 * minute, 'Closed'), gate(20 * minute, 'Open')],
  }),
  'gate-outlives-its-leader': aStory({
    spec: gates('20m'),
    replicas: 2,
    rates: { crashAfter: 0.1 },
    deeds: [gate(0, 'Closed'), gate(40 * minute, 'Open')],
  }),
  'condition-not-met-after-reboot': aStory({
    machines,
    spec: { health: noDiskPressure, reboot: { timeout: '10m' } },
    deeds: [
      disk(60_000, 'True'),
      disk(30 * minute, 'False'),
      { at: 31 * minute, what: { do: 'retry', node: 'n2' } },
    ],
    calmAt: hour,
  }),
  'pods-not-ready-again': aStory({
    machines: bottlerocket('n1', 'n2'),
    workloads: [{ name: 'agent', replicas: 0, daemon: true, stops: 1000 }],
    rates: { daemonSilent: 1 },
    spec: { health: { pods: { matchLabels: { app: 'agent' } } }, reboot: { timeout: '10m' } },
    calmAt: 40 * minute,
  }),
  'unhealthy-in-the-soak-for-a-moment': aStory({
    machines,
    spec: { health: noDiskPressure, rollout: { soak: '5m' } },
    deeds: [disk(5 * minute, 'True'), disk(5 * minute + 20_000, 'False')],
  }),
  'unhealthy-in-the-soak-for-long': aStory({
    machines,
    spec: { health: noDiskPressure, rollout: { soak: '5m' } },
    deeds: [disk(5 * minute, 'True'), disk(20 * minute, 'False')],
    calmAt: hour,
  }),
  'condition-not-met-and-policy-deleted': aStory({
    machines,
    spec: { health: noDiskPressure },
    deeds: [
      disk(60_000, 'True'),
      // The claim knows what is wanted of the node.
      { at: 70_000, what: { do: 'deletePolicy', policy: 'bottlerocket' } },
      disk(8 * minute, 'False'),
      { at: 20 * minute, what: { do: 'remakePolicy', policy: 'bottlerocket' } },
    ],
  }),
  'gate-shuts-while-a-node-of-cos-is-staged-in-its-turn': aStory({
    machines: cos('n1', 'n2'),
    spec: gates(),
    seed: 2,
    deeds: [gate(5000, 'Closed'), gate(15 * minute, 'Open')],
    calmAt: hour,
  }),
  'condition-goes-missing-in-the-soak': aStory({
    machines: bottlerocket('n1', 'n2'),
    workloads: [],
    spec: { rollout: { soak: '5m' } },
    deeds: [
      {
        at: 2 * minute,
        what: {
          do: 'edit',
          policy: 'bottlerocket',
          spec: { health: { nodeConditions: [{ type: 'KernelDeadlok', status: 'False' }] } },
        },
      },
    ],
    rightSpec: { health: null },
    calmAt: 20 * minute,
  }),
};
