/** Recognises what the operator writes beside the steps of a node's way: Jobs of hooks, waves of nodes, and what a status tells of a rollout. */
import { z } from 'zod';
import { exclusiveLeaseName } from '../../../src/api/keys.ts';
import type { Call } from './fault-proxy.ts';

export const besideWrites = [
  /** A ContainerOSNode is told its wave. */
  'WaveNoted',
  /** The status gets a version that it has not seen before. */
  'VersionSeen',
  /** A gate is told to be closed, or to be open. */
  'GateTold',
  'RolloutBegins',
  'BeforeDrainMade',
  'AfterUpdateMade',
  'HookDeleted',
  'ExclusiveTaken',
  'ExclusiveDropped',
  /** All of a wave is done, and its soak begins. */
  'WaveSoaks',
  /** The rollout goes from the status into its history. */
  'RolloutEnds',
] as const;
export type BesideWrite = (typeof besideWrites)[number];

export interface BesideReader {
  /** What a request would do, and for which node; that is empty where it is the whole policy's. */
  asks(call: Call): readonly { readonly step: BesideWrite; readonly node: string }[];
  /** To be told of each request that the server carried out. */
  done(call: Call): void;
}

const told = z.object({
  versionsSeen: z.array(z.object({ version: z.string() })).default([]),
  gates: z.array(z.object({ name: z.string(), state: z.string() })).default([]),
  waves: z.array(z.object({ name: z.string(), soakUntil: z.string().optional() })).default([]),
  rollout: z.object({ startedAt: z.string() }).optional(),
  history: z.array(z.object({ startedAt: z.string() })).default([]),
});
type Told = z.infer<typeof told>;
const policyBody = z.object({ status: told });
const viewBody = z.object({ status: z.object({ wave: z.string().optional() }).optional() });
const jobBody = z.object({
  metadata: z.object({ labels: z.looseObject({ 'containeros.dev/hook': z.string() }) }),
  spec: z.object({
    template: z.object({
      spec: z.object({
        containers: z.array(z.object({ env: z.array(z.object({ name: z.string(), value: z.string() })) })),
      }),
    }),
  }),
});

const policyPath = /\/containerospolicies\/([^/]+)\/status$/;
const viewPath = /\/containerosnodes\/([^/]+)\/status$/;
const jobsPath = /^\/apis\/batch\/v1\/namespaces\/[^/]+\/jobs(\/[^/]+)?$/;

const leaseBody = z.object({ metadata: z.object({ name: z.string() }) });
const leasesPath = /\/leases$/;

const nothingYet: Told = { versionsSeen: [], gates: [], waves: [], history: [] };

/** The same request means nothing new once it was carried out. */
export function createBesideReader(): BesideReader {
  const statuses = new Map<string, Told>();
  const waves = new Map<string, string | undefined>();
  return {
    asks: (call) => {
      const { method, path, body } = call;
      const [, policy] = policyPath.exec(path) ?? [];
      if (method === 'PUT' && policy !== undefined)
        return newsOf(statuses.get(policy) ?? nothingYet, policyBody.parse(body).status).map((step) => ({
          step,
          node: '',
        }));
      const [, view] = viewPath.exec(path) ?? [];
      if (method === 'PUT' && view !== undefined) {
        const wave = viewBody.parse(body).status?.wave;
        return wave === undefined || wave === waves.get(view) ? [] : [{ step: 'WaveNoted', node: view }];
      }
      if (method === 'POST' && leasesPath.test(path))
        return leaseBody.parse(body).metadata.name === exclusiveLeaseName
          ? [{ step: 'ExclusiveTaken', node: '' }]
          : [];
      if (method === 'DELETE' && path.endsWith(`/leases/${exclusiveLeaseName}`))
        return [{ step: 'ExclusiveDropped', node: '' }];
      if (!jobsPath.test(path)) return [];
      if (method === 'DELETE') return [{ step: 'HookDeleted', node: '' }];
      if (method !== 'POST') return [];
      const { metadata, spec } = jobBody.parse(body);
      const before = metadata.labels['containeros.dev/hook'] === 'beforeDrain';
      const env = spec.template.spec.containers.flatMap((container) => container.env);
      const node = env.find(({ name }) => name === 'CONTAINEROS_NODE')?.value ?? '';
      return [{ step: before ? 'BeforeDrainMade' : 'AfterUpdateMade', node }];
    },
    done: ({ method, path, body }) => {
      if (method !== 'PUT') return;
      const [, policy] = policyPath.exec(path) ?? [];
      if (policy !== undefined) statuses.set(policy, policyBody.parse(body).status);
      const [, view] = viewPath.exec(path) ?? [];
      if (view !== undefined) waves.set(view, viewBody.parse(body).status?.wave);
    },
  };
}

function newsOf(before: Told, after: Told): BesideWrite[] {
  const soaking = new Set(
    before.waves.flatMap(({ name, soakUntil }) => (soakUntil === undefined ? [] : [name])),
  );
  const stateOf = (gate: string): string | undefined => before.gates.find(({ name }) => name === gate)?.state;
  const ended = new Set(before.history.map(({ startedAt }) => startedAt));
  const news: readonly (readonly [BesideWrite, boolean])[] = [
    [
      'VersionSeen',
      after.versionsSeen.some(({ version }) => !before.versionsSeen.some((one) => one.version === version)),
    ],
    ['GateTold', after.gates.some(({ name, state }) => state !== stateOf(name))],
    ['RolloutBegins', after.rollout !== undefined && after.rollout.startedAt !== before.rollout?.startedAt],
    ['WaveSoaks', after.waves.some(({ name, soakUntil }) => soakUntil !== undefined && !soaking.has(name))],
    ['RolloutEnds', after.history.some(({ startedAt }) => !ended.has(startedAt))],
  ];
  return news.flatMap(([step, is]) => (is ? [step] : []));
}
