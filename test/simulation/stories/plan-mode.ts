/** Mode Plan: what it tells, and how it becomes a rollout. */
import type { Scenario } from '../scenario.ts';
import { aStory, bottlerocket, cos, hour, minute } from './a-story.ts';

const edit = (at: number, spec: object, policy = 'bottlerocket'): Scenario['deeds'][number] => ({
  at,
  what: { do: 'edit', policy, spec },
});

export const planModeStories: Readonly<Record<string, Scenario>> = {
  'plan-then-apply': aStory({
    tellsTimes: true,
    spec: { mode: 'Plan', rollout: { waves: [{ name: 'canary', nodes: 1, soak: '10m' }, { name: 'rest' }] } },
    deeds: [edit(30 * minute, { mode: 'Apply' })],
  }),
  'plan-names-the-budget-that-blocks': aStory({
    tellsTimes: true,
    workloads: [{ name: 'web', replicas: 2, pdb: 0, stops: 4000 }],
    spec: { mode: 'Plan' },
    deeds: [
      { at: 20 * minute, what: { do: 'pdb', workload: 'web', maxUnavailable: 1 } },
      edit(40 * minute, { mode: 'Apply' }),
    ],
  }),
  'plan-of-cos-asks-nobody': aStory({
    tellsTimes: true,
    machines: cos('n1', 'n2'),
    spec: { mode: 'Plan' },
    deeds: [edit(30 * minute, { mode: 'Apply' }, 'cos')],
  }),
  'plan-waits-for-a-window': aStory({
    tellsTimes: true,
    spec: {
      mode: 'Plan',
      drain: { timeout: '5m' },
      reboot: { timeout: '5m' },
      schedule: { windows: [{ start: '0 13 * * *', duration: '30m' }] },
    },
    deeds: [edit(20 * minute, { mode: 'Apply' })],
  }),
  'plan-in-mid-rollout': aStory({
    tellsTimes: true,
    machines: bottlerocket('n1', 'n2', 'n3', 'n4'),
    spec: { rollout: { maxUnavailable: 2 } },
    deeds: [edit(95_000, { mode: 'Plan' }), edit(hour, { mode: 'Apply' })],
  }),
};
