/** Nodes that are updated one after another, as often as a test wants, and what must be true of each such rollout. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { PolicyStatus } from '../../../src/api/policy-status.ts';
import { readJournal } from '../../lab/machine/reboot-journal.ts';
import type { OperatorProcess } from './operator-process.ts';
import type { OwnLab } from './own-lab.ts';
import type { StepReader } from './rollout-steps.ts';
import { createStepReader } from './rollout-steps.ts';
import type { Scene } from './scene.ts';
import { openScene } from './scene.ts';

const podsOfEach = 2;
/** The short name of its policy. */
export const rolloutPolicy = 'row';
const timings = { refreshMs: 10, prepareMs: 50, activateMs: 10, bootMs: 300 };

export interface Rollout {
  readonly version: string;
  /** Waits until all nodes run the version and nothing is claimed any more; answers how each node fared, by short name. */
  outcome(): Promise<Readonly<Record<string, Fate>>>;
  /** The outcome as it should be. */
  readonly inGoodOrder: Readonly<Record<string, Fate>>;
}

/** What became of a node since the rollout began. */
export interface Fate {
  readonly cordoned: boolean;
  /** Annotations that a claim sets. */
  readonly marks: readonly string[];
  /** Its machine's journal: a reboot is `asked`, `down`, `up`. */
  readonly reboots: readonly string[];
  /** How many of its Pods were evicted. */
  readonly evicted: number;
  readonly failed: boolean;
}

const good: Fate = {
  cordoned: false,
  marks: [],
  reboots: ['asked', 'down', 'up'],
  evicted: podsOfEach,
  failed: false,
};

export interface RolloutScene {
  readonly scene: Scene;
  readonly reader: StepReader;
  /** One more operator, whose work `reader` follows. */
  start(settings?: Readonly<Record<string, string>>): Promise<OperatorProcess>;
  /** Waits until the policy says so. */
  until(is: (status: PolicyStatus) => boolean): Promise<PolicyStatus>;
  /** Offers the nodes a version that they do not have. */
  begin(): Promise<Rollout>;
}

/** No operator need run yet. `names` are short, of letters. */
export async function openRolloutScene(
  { lab, start }: OwnLab,
  names: readonly string[],
): Promise<RolloutScene> {
  const scene = await openScene('row', lab);
  const host = { timings, version: '1.25.0', offers: [] };
  await scene.addNodes(Object.fromEntries(names.map((name) => [name, { host }])));
  // Each node's Pods can be nowhere else, so whose Pod was evicted says which node was drained.
  for (const name of names) await scene.deploy(`on-${name}`, { replicas: podsOfEach, on: name });
  await scene.applyPolicy(rolloutPolicy, { os: 'Bottlerocket', rollout: { soak: '1s' } });
  const reader = createStepReader((pod) => scene.full(pod.split('-')[1] ?? ''));
  const until = (is: (status: PolicyStatus) => boolean): Promise<PolicyStatus> =>
    scene.untilStatus(rolloutPolicy, is, 90_000);
  let minor = 25;

  return {
    scene,
    reader,
    start: async (settings) => {
      const operator = await start(settings);
      operator.proxy.onDone((call) => reader.done(call));
      return operator;
    },
    until,
    begin: async () => {
      minor += 1;
      const version = `1.${String(minor)}.0`;
      for (const name of names)
        await scene.kubectl(['-n', scene.namespace, 'rollout', 'status', `deployment/on-${name}`]);
      const auditFrom = statSync(lab.controlPlane.auditLog).size;
      const boots = new Map(names.map((name) => [name, journal(lab.dir, scene.full(name)).length]));
      for (const name of names) {
        await scene.setHost(name, { offers: [version] });
        await scene.annotate(name, { 'containeros.dev/retry': version });
      }
      return {
        version,
        inGoodOrder: Object.fromEntries(names.map((name) => [name, good])),
        outcome: async () => {
          const all = `${String(names.length)}/${String(names.length)}`;
          const { failures = [] } = await until(
            ({ progress, versions, claims }) =>
              progress === all && versions?.[version] === names.length && claims?.length === 0,
          );
          const drained = new Set(evictionsSince(lab.controlPlane.auditLog, auditFrom));
          const fates = names.map(async (name): Promise<[string, Fate]> => {
            const [node, view] = await Promise.all([scene.node(name), scene.view(name)]);
            return [
              name,
              {
                cordoned: node.spec?.unschedulable ?? false,
                marks: Object.keys(node.metadata.annotations ?? {}).filter((key) => claimMarks.test(key)),
                reboots: journal(lab.dir, scene.full(name))
                  .slice(boots.get(name))
                  .map(({ event }) => event),
                evicted: [...drained].filter((pod) => pod.startsWith(`on-${name}-`)).length,
                failed: view.attempts !== undefined || failures.some((one) => one.node === scene.full(name)),
              },
            ];
          });
          return Object.fromEntries(await Promise.all(fates));
        },
      };
    },
  };
}

const journal = (dir: string, node: string) => readJournal(join(dir, 'nodes', node));

const claimMarks = /claim|autoscaler|karpenter/;

/** Names of the Pods whose eviction was accepted. */
function evictionsSince(auditLog: string, from: number): string[] {
  return readFileSync(auditLog)
    .subarray(from)
    .toString('utf8')
    .split('\n')
    .filter((line) => line.includes('"subresource":"eviction"'))
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ responseStatus }) => responseStatus.code === 201)
    .map(({ objectRef }) => objectRef.name);
}

interface AuditLine {
  readonly objectRef: { readonly name: string };
  readonly responseStatus: { readonly code: number };
}
