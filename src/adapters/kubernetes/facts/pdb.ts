import type { LabelSelector } from '../../../api/label-selector.ts';
import type { PdbFacts } from '../../../plan/facts.ts';
import type { RawObject } from '../raw.ts';

export interface RawPdb extends RawObject {
  readonly spec?: {
    readonly selector?: LabelSelector | null;
    readonly unhealthyPodEvictionPolicy?: string;
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
  };
}

export function pdbFacts({ metadata = {}, spec = {}, status = {} }: RawPdb): PdbFacts {
  const policy = spec.unhealthyPodEvictionPolicy;
  return {
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    // In policy/v1 an absent selector matches no Pod, an empty one every Pod of the namespace.
    selector: spec.selector ?? 'None',
    disruptionsAllowed: status.disruptionsAllowed ?? 0,
    currentHealthy: status.currentHealthy ?? 0,
    desiredHealthy: status.desiredHealthy ?? 0,
    current: (status.observedGeneration ?? -1) >= (metadata.generation ?? 0),
    unhealthyPodEvictionPolicy: policy === 'AlwaysAllow' ? 'AlwaysAllow' : 'IfHealthyBudget',
  };
}
