/** The operator's writes as requests to the model API server. */
import type { ClusterWriter } from '../../src/ports/cluster.ts';
import { InvalidError } from '../../src/ports/errors.ts';
import type { Caches } from './caches.ts';
import type { KindName, Kinds } from './cluster-state.ts';
import type { Random } from './random.ts';
import type { Request } from './requests.ts';
import type { World } from './world.ts';

export interface WriterOptions {
  readonly world: World;
  readonly by: string;
  readonly random: Random;
  readonly request: Request;
  readonly caches: Caches;
  /** The server's answer to a write goes into the caches at once. */
  readonly wrote: <K extends KindName>(kind: K, key: string, value: Kinds[K], revision: number) => void;
  readonly exclusive: (holder: string | undefined) => void;
}

export function createWriter(options: WriterOptions): ClusterWriter {
  const { world, by, random, request, caches, exclusive } = options;
  const { api, state } = world;
  const wrote = <K extends 'policies' | 'views' | 'nodes'>(kind: K, key: string, value: Kinds[K]): void =>
    options.wrote(kind, key, value, Number(value.resourceVersion));
  const node = (value: Kinds['nodes']): void => wrote('nodes', value.name, value);
  return {
    putPolicyStatus: async (policy, status, guard) => {
      const nodes = new Map(caches.held.nodes);
      const views = new Map(caches.held.views);
      const policies = [...caches.held.policies.values()];
      const sentAt = world.time.now;
      await request({
        guard,
        commit: () => {
          world.statusPut = { nodes, views, policies, base: policy, sentAt };
          return api.putPolicyStatus(policy, status, by);
        },
        answered: (value) => wrote('policies', value.uid, value),
      });
    },
    putView: async (facts, view, status) => {
      await request({
        commit: () => api.putView(facts, view, status, by),
        answered: (value) => wrote('views', value.name, value),
      });
    },
    deleteView: (view) => request({ commit: () => api.deleteView(view, by) }),
    claimNode: async (name, version, claim, annotations, guard) => {
      world.claimsSent.set(claim.attempt, {
        at: world.time.now,
        policy: caches.held.policies.get(claim.policyUID),
      });
      await request({
        guard,
        commit: () => api.claimNode(name, version, claim, annotations, by),
        answered: node,
      });
    },
    orderReboot: async (name, version, claim, order, guard) => {
      await request({
        guard,
        commit: () => api.orderReboot(name, version, claim, order, by),
        answered: node,
      });
    },
    releaseNode: async (name, version, uncordon, remove) => {
      await request({ commit: () => api.releaseNode(name, version, uncordon, remove, by), answered: node });
    },
    noteSettings: async (name, version, note, guard) => {
      await request({
        guard,
        commit: () => api.noteSettings(name, version, note, by),
        answered: node,
      });
    },
    evict: async (pod, grace, guard) => request({ guard, commit: () => api.evict(pod, grace, by) }),
    listPodsOf: (name) =>
      request({
        reads: true,
        commit: () => {
          const pods = api.listPodsOf(name);
          world.lists.push({ node: name, at: world.time.now, revision: state.revision, pods, by });
          return pods;
        },
      }),
    createTask: async (task, guard) => {
      await request({
        guard,
        commit: () => {
          if (random.chance(world.rate('taskRefused'))) throw new InvalidError('admission said no');
          return { made: api.createTask(task, by), revision: state.revision };
        },
        answered: ({ made, revision }) => options.wrote('tasks', made.podName, made, revision),
      });
    },
    deleteTask: (podName, podUID) => request({ commit: () => api.deleteTask(podName, podUID, by) }),
    taskExists: (nodeUID) => request({ reads: true, commit: () => api.taskExists(nodeUID) }),
    createHook: async (job, guard) => {
      await request({
        guard,
        commit: () => {
          if (random.chance(world.rate('hookRefused'))) throw new InvalidError('the quota is used up');
          return { made: api.createHook(job, by), revision: state.revision };
        },
        answered: ({ made, revision }) => options.wrote('hooks', made.jobName, made, revision),
      });
    },
    deleteHook: (jobName, jobUID) => request({ commit: () => api.deleteHook(jobName, jobUID, by) }),
    takeExclusive: async (nodeUID, guard) => {
      await request({
        guard,
        commit: () => api.takeExclusive(nodeUID),
        answered: () => exclusive(nodeUID),
      });
    },
    dropExclusive: (nodeUID) =>
      request({ commit: () => api.dropExclusive(nodeUID), answered: () => exclusive(state.exclusive) }),
    announce: () => undefined,
  };
}
