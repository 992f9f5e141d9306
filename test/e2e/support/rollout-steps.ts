/** Recognises, in what goes between operator and API server, the ten steps in which a node is updated (design 3.2). */
import { z } from 'zod';
import { type BesideWrite, createBesideReader } from './beside-writes.ts';
import type { Call } from './fault-proxy.ts';
import { isWatch } from './fault-proxy.ts';

/**
 * 1 slot reserved · 2 cordon and claim · 3 eviction · 4 consistent list of the claimed node's Pods · 5 order · 6 Reboot Pod ·
 * 7 the Node on a new boot id · 8 slot soaking · 9 uncordon · 10 slot free
 */
export type StepNumber = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

export interface Seen {
  readonly step: StepNumber | BesideWrite;
  /** Empty where it is the whole policy's. */
  readonly node: string;
}

/** Knows what was carried out so far: the same request means another thing before and after. */
export interface StepReader {
  /** What a request would do. */
  asks(call: Call): readonly Seen[];
  /** What an event of a watch tells. */
  tells(event: unknown): readonly Seen[];
  /** To be told of each request that the server carried out. */
  done(call: Call): void;
}

const claimKey = 'containeros.dev/claim';
const claim = z.object({ order: z.object({ bootID: z.string() }).optional() });
const claimText = z
  .string()
  .transform((text) => JSON.parse(text) as unknown)
  .pipe(claim);
const entry = z.object({ node: z.string(), attempt: z.string(), phase: z.string() });
const policyBody = z.object({ status: z.object({ claims: z.array(entry).default([]) }) });
const nodeBody = z.object({
  metadata: z.object({ annotations: z.looseObject({ [claimKey]: claimText.nullish() }).default({}) }),
});
const taskBody = z.object({
  metadata: z.object({ labels: z.record(z.string(), z.string()) }),
  spec: z.object({ nodeName: z.string() }),
});
const nodeEvent = z.object({
  type: z.string(),
  object: z.object({
    kind: z.literal('Node'),
    metadata: z.object({
      name: z.string(),
      annotations: z.looseObject({ [claimKey]: claimText.nullish() }).default({}),
    }),
    status: z.object({ nodeInfo: z.object({ bootID: z.string() }) }),
  }),
});

const policyPath = /\/containerospolicies\/([^/]+)\/status$/;
const nodePath = /^\/api\/v1\/nodes\/([^/]+)$/;
const evictionPath = /\/pods\/([^/]+)\/eviction$/;

/** @param nodeOfPod the node of a workload's Pod, by the Pod's name. */
export function createStepReader(nodeOfPod: (pod: string) => string): StepReader {
  const ledgers = new Map<string, readonly z.infer<typeof entry>[]>();
  const claimed = new Set<string>();
  const beside = createBesideReader();

  const ledgerSteps = (policy: string, call: Call): Seen[] => {
    const before = new Map((ledgers.get(policy) ?? []).map((one) => [one.attempt, one]));
    const { claims } = policyBody.parse(call.body).status;
    const now = new Set(claims.map(({ attempt }) => attempt));
    const seen: Seen[] = [...before.values()]
      .filter(({ attempt }) => !now.has(attempt))
      .map(({ node }) => ({ step: 10, node }));
    for (const { node, attempt, phase } of claims) {
      const was = before.get(attempt)?.phase;
      if (phase === 'Reserved' && was === undefined) seen.push({ step: 1, node });
      if (phase === 'Soaking' && was === 'Reserved') seen.push({ step: 8, node });
    }
    return seen;
  };

  const stepsOf = (call: Call): readonly Seen[] => {
    const { method, path, query, body } = call;
    const [, policy] = policyPath.exec(path) ?? [];
    if (method === 'PUT' && policy !== undefined) return ledgerSteps(policy, call);
    const [, node] = nodePath.exec(path) ?? [];
    if (method === 'PATCH' && node !== undefined) {
      const { [claimKey]: written } = nodeBody.parse(body).metadata.annotations;
      if (written === undefined) return [];
      if (written === null) return [{ step: 9, node }];
      return [{ step: written.order === undefined ? 2 : 5, node }];
    }
    const [, pod] = evictionPath.exec(path) ?? [];
    if (method === 'POST' && pod !== undefined) return [{ step: 3, node: nodeOfPod(pod) }];
    if (method === 'POST' && path.endsWith('/namespaces/containeros-tasks/pods')) {
      const { metadata, spec } = taskBody.parse(body);
      return metadata.labels['containeros.dev/task'] === 'Reboot' ? [{ step: 6, node: spec.nodeName }] : [];
    }
    if (method === 'GET' && path === '/api/v1/pods' && !isWatch(call) && !query.has('resourceVersion')) {
      const listed = query.get('fieldSelector')?.replace('spec.nodeName=', '') ?? '';
      // Before the claim the same list is the drain preview.
      return claimed.has(listed) ? [{ step: 4, node: listed }] : [];
    }
    return [];
  };

  return {
    asks: (call) => [...stepsOf(call), ...beside.asks(call)],
    tells: (event) => {
      const read = nodeEvent.safeParse(event);
      if (!read.success || read.data.type === 'DELETED') return [];
      const { metadata, status } = read.data.object;
      const order = metadata.annotations[claimKey]?.order;
      return order === undefined || order.bootID === status.nodeInfo.bootID
        ? []
        : [{ step: 7, node: metadata.name }];
    },
    done: (call) => {
      beside.done(call);
      const [, policy] = policyPath.exec(call.path) ?? [];
      if (call.method === 'PUT' && policy !== undefined)
        ledgers.set(policy, policyBody.parse(call.body).status.claims);
      const [, node] = nodePath.exec(call.path) ?? [];
      if (call.method !== 'PATCH' || node === undefined) return;
      const { [claimKey]: written } = nodeBody.parse(call.body).metadata.annotations;
      if (written === null) claimed.delete(node);
      else if (written !== undefined) claimed.add(node);
    },
  };
}
