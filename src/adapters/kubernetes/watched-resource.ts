/** The resources that are watched all the time. */
import { group, version } from '../../api/keys.ts';
import { nodeKind, policyKind } from '../../api/kinds.ts';
import type { Labels } from '../../plan/facts.ts';

export interface WatchedResource {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
}

export const watched = {
  policies: { group, version, plural: policyKind.plural },
  views: { group, version, plural: nodeKind.plural },
  nodes: { group: '', version: 'v1', plural: 'nodes' },
  pdbs: { group: 'policy', version: 'v1', plural: 'poddisruptionbudgets' },
  podsIn: (namespace: string): WatchedResource => ({ group: '', version: 'v1', plural: 'pods', namespace }),
  jobsIn: (namespace: string): WatchedResource => ({
    group: 'batch',
    version: 'v1',
    plural: 'jobs',
    namespace,
  }),
} as const;

export function pathOf({ group: api, version: at, plural, namespace }: WatchedResource): string {
  const root = api === '' ? `/api/${at}` : `/apis/${api}/${at}`;
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${namespace}/${plural}`;
}

export function sameResource(a: WatchedResource, b: WatchedResource): boolean {
  return pathOf(a) === pathOf(b);
}

/** Undefined for no labels at all, which would select every Pod. */
export function labelSelectorText(labels: Labels): string | undefined {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? undefined : pairs.join(',');
}
