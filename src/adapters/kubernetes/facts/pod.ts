import { doNotEvictBeforeKey, mirrorPodKey } from '../../../api/keys.ts';
import type { PodFacts, ReplicaFacts } from '../../../plan/facts.ts';
import type { RawCondition, RawObject } from '../raw.ts';
import { millisOf } from './time.ts';

export interface RawPod extends RawObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly volumes?: readonly { readonly emptyDir?: object; readonly hostPath?: RawHostPath }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly startTime?: string;
    readonly conditions?: readonly RawCondition[];
    readonly containerStatuses?: readonly {
      readonly state?: RawContainerState;
      readonly lastState?: RawContainerState;
    }[];
  };
}

export interface RawHostPath {
  readonly path?: string;
  readonly type?: string;
}

export interface RawContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
}

const phases = ['Pending', 'Running', 'Succeeded', 'Failed'] as const;

export function podFacts({ metadata = {}, spec = {}, status = {} }: RawPod): PodFacts {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    nodeName: spec.nodeName ?? '',
    labels: metadata.labels ?? {},
    controller: owner && { kind: owner.kind ?? '', name: owner.name ?? '', uid: owner.uid ?? '' },
    mirror: metadata.annotations?.[mirrorPodKey] !== undefined,
    phase: phases.find((phase) => phase === status.phase) ?? 'Unknown',
    ready: isReady(status.conditions),
    readySince: millisOf(status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime),
    emptyDir: (spec.volumes ?? []).some(({ emptyDir }) => emptyDir !== undefined),
    finalizers: metadata.finalizers ?? [],
    deletionTimestamp: millisOf(metadata.deletionTimestamp),
    doNotEvictBefore: millisOf(metadata.annotations?.[doNotEvictBeforeKey]),
  };
}

export function replicaFacts({ metadata = {}, spec = {}, status = {} }: RawPod): ReplicaFacts {
  // One that is on its way out takes no lease over.
  const ready = isReady(status.conditions) && metadata.deletionTimestamp === undefined;
  return { pod: metadata.name ?? '', nodeName: spec.nodeName ?? '', ready };
}

function isReady(conditions: readonly RawCondition[] | undefined): boolean {
  return (conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');
}
