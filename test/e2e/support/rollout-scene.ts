/** Nodes that are updated one after another, as often as a test wants, and what must be true of each such rollout. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { PolicyStatus } from '../../../src/api/policy-status.ts';
import { readJournal } from '../../lab/machine/reboot-journal.ts';
import type { OwnLab } from './own-lab.ts';
import type { StepReader } from './rollout-steps.ts';
import { createStepReader } from './rollout-steps.ts';
import type { Scene } from './scene.ts';
import { openScene } from './scene.ts';

const podsOfEach = 2;
const policy = 'row';
const timings = { refreshMs: 10, prepareMs: 50, activateMs: 10, bootMs: 300 };

export interface Rollout {
  readonly version: string;
  /** Waits until all nodes run the version, nothing is claimed any more, and asserts that this happened in good order. */
  finished(): Promise<PolicyStatus>;
}

export interface RolloutScene {
  readonly scene: Scene;
  readonly reader: StepReader;
  /** Waits until the policy says so. */
  until(is: (status: PolicyStatus) => boolean): Promise<PolicyStatus>;
  /** Offers the nodes a version that they do not have. */
  begin(): Promise<Rollout>;
}

/** No operator need run yet. `names` are short, of letters. */
export async function openRolloutScene({ lab }: OwnLab, names: readonly string[]): Promise<RolloutScene> {
  const scene = await openScene('row', lab);
  const host = { timings, version: '1.25.0', offers: [] };
  await scene.addNodes(Object.fromEntries(names.map((name) => [name, { host }])));
  // Each node's Pods can be nowhere else, so whose Pod was evicted says which node was drained.
  for (const name of names) await scene.deploy(`on-${name}`, { replicas: podsOfEach, on: name });
  await scene.applyPolicy(policy, { os: 'Bottlerocket', rollout: { soak: '1s' } });
  const reader = createStepReader((pod) => scene.full(pod.split('-')[1] ?? ''));
  const until = (is: (status: PolicyStatus) => boolean): Promise<PolicyStatus> =>
    scene.untilStatus(policy, is, 90_000);
  let minor = 25;

  return {
    scene,
    reader,
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
        finished: async () => {
          const status = await until(
            ({ progress, versions, claims }) =>
              progress === `${String(names.length)}/${String(names.length)}` &&
              versions?.[version] === names.length &&
              claims?.length === 0,
          );
          expect(status.failures).toEqual([]);
          const drained = evictionsSince(lab.controlPlane.auditLog, auditFrom);
          for (const name of names) {
            const node = await scene.node(name);
            expect([name, node.spec?.unschedulable ?? false]).toEqual([name, false]);
            expect(ours(node.metadata.annotations ?? {})).toEqual([]);
            const since = journal(lab.dir, scene.full(name)).slice(boots.get(name));
            expect([name, since.map(({ event }) => event)]).toEqual([name, ['asked', 'down', 'up']]);
            expect([name, (await scene.view(name)).attempts]).toEqual([name, undefined]);
            const pods = drained.filter((pod) => pod.startsWith(`on-${name}-`));
            expect([name, new Set(pods).size]).toEqual([name, podsOfEach]);
          }
          return status;
        },
      };
    },
  };
}

const journal = (dir: string, node: string) => readJournal(join(dir, 'nodes', node));

const ours = (annotations: Readonly<Record<string, string>>): string[] =>
  Object.keys(annotations).filter((key) => /claim|autoscaler|karpenter/.test(key));

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
