/** One rollout of the row with everything that may hold nodes up or runs beside their way: windows, waves, zones, a gate, hooks, an approval. */
import { attemptKey, hookKey, leaseName } from '../../../src/api/keys.ts';
import { hooksNamespace } from '../../recorder/world/audit.ts';
import type { ApiList, ApiObject } from '../../lab/api/api-client.ts';
import { operatorNamespace } from '../../lab/control-plane/audit-policy.ts';
import { imageRepository, imageTag } from '../../lab/image.ts';
import { until } from '../../lab/process/until.ts';
import type { Prometheus } from '../../prometheus/start.ts';
import type { Histories } from './history.ts';
import type { Rollout, RolloutScene } from './rollout-scene.ts';
import { rolloutPolicy } from './rollout-scene.ts';
import type { RawNode } from './scene.ts';
import { claimOf } from './story.ts';
import { patience } from './waits.ts';

const zone = 'topology.kubernetes.io/zone';
const jobsPath = `/apis/batch/v1/namespaces/${hooksNamespace}/jobs`;
const leasesPath = `/apis/coordination.k8s.io/v1/namespaces/${operatorNamespace}/leases`;
/** Longer than two deaths in it take: who leads after them must find it under way. */
const waveSoak = '25s';

export interface FullRollout {
  /** Begins it, says yes to its version while the gate is closed, and opens the gate. */
  begin(): Promise<Rollout>;
  /** Waits until no Job, Pod of one or Lease of a node is left. */
  untilNothingIsLeft(): Promise<void>;
  /** By the node's short name: for each attempt its Jobs, each by its hook and how often it succeeded. */
  hooks(): Readonly<Record<string, readonly (readonly string[])[]>>;
}

interface RawJob extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly uid: string };
  readonly status?: { readonly succeeded?: number };
}

/** What follows is told apart from what was before: the policy gets its new fields in `begin`. */
export async function openFullRollout(
  { scene, begin, until: untilPolicy }: Pick<RolloutScene, 'scene' | 'begin' | 'until'>,
  names: readonly string[],
  prometheus: Prometheus,
  histories: Histories,
): Promise<FullRollout> {
  const jobs = await histories.record<RawJob>(jobsPath, '');
  const nodes = await histories.record<RawNode & ApiObject>('/api/v1/nodes', '');
  const hook = { image: `${imageRepository}:${imageTag}`, command: ['/nodejs/bin/node', '-e', ''] };
  const apply = (target: object): Promise<void> =>
    scene.applyPolicy(rolloutPolicy, {
      includeControlPlane: true,
      target: { approval: 'Manual', ...target },
      schedule: { windows: [{ start: '0 */6 * * *', duration: '24h' }] },
      rollout: {
        soak: '1s',
        topology: { key: zone, maxUnavailable: 1 },
        waves: [{ name: 'first', nodes: 1, soak: waveSoak }, { name: 'rest' }],
      },
      health: {
        gates: [
          { name: 'fire', prometheus: { url: prometheus.url, query: 'burning > 0' }, stalledAfter: '1h' },
        ],
      },
      hooks: { beforeDrain: hook, afterUpdate: hook },
    });

  return {
    begin: async () => {
      await prometheus.set('burning', 1);
      for (const [i, name] of names.entries()) {
        const labels = [`${zone}=${i === 0 ? 'a' : 'b'}`];
        // One that wants the exclusive lease.
        if (i === names.length - 1) labels.push('node-role.kubernetes.io/control-plane=');
        await scene.kubectl(['label', 'node', scene.full(name), ...labels]);
      }
      await apply({});
      const rollout = await begin();
      await untilPolicy(({ conditions = [] }) =>
        conditions.some(({ type, reason }) => type === 'UpToDate' && reason === 'AwaitingApproval'),
      );
      await apply({ approvedVersion: rollout.version });
      await untilPolicy(({ gates }) => gates?.[0]?.state === 'Closed');
      await prometheus.set('burning', 0);
      return rollout;
    },
    untilNothingIsLeft: async () => {
      const left = async (): Promise<true | undefined> => {
        const paths = [jobsPath, `/api/v1/namespaces/${hooksNamespace}/pods`, leasesPath];
        const lists = await Promise.all(paths.map((path) => scene.client.get<ApiList<ApiObject>>(path)));
        const names = lists.flatMap(({ items }) => items.map(({ metadata }) => metadata.name));
        return names.every((name) => name === leaseName) || undefined;
      };
      await until('Jobs of hooks, their Pods and the exclusive lease to be gone', left, {
        withinMs: patience(60_000),
      });
    },
    hooks: () => {
      const ran = (attempt: string): string[] => {
        const made = new Map<string, RawJob>();
        for (const { object } of jobs())
          // The last words of a Job that goes are all that it has said before.
          if (object.metadata.annotations?.[attemptKey] === attempt) made.set(object.metadata.uid, object);
        return [...made.values()]
          .map(({ metadata, status }) => `${metadata.labels?.[hookKey] ?? ''} ${status?.succeeded ?? 0}`)
          .toSorted();
      };
      return Object.fromEntries(
        names.map((name) => {
          const claims = nodes().flatMap(({ object }) =>
            object.metadata.name === scene.full(name) ? (claimOf(object)?.attempt ?? []) : [],
          );
          return [name, [...new Set(claims)].map(ran)];
        }),
      );
    },
  };
}
