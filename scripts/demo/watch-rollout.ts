/** Follows Nodes, ContainerOSNodes and policies, and keeps what the demo shows of them. */
import type { ApiObject } from '../../test/lab/api/api-client.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { follow } from '../../test/recorder/collect/follow.ts';
import type { Seen } from '../../test/recorder/collect/follow.ts';
import type { PolicyRow, Rollout, Row } from './rollout.ts';

interface View extends ApiObject {
  readonly status?: {
    readonly os?: string;
    readonly version?: string;
    readonly state?: string;
    readonly since?: string;
    readonly because?: string;
  };
}

interface Policy extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly generation?: number };
  readonly spec: { readonly os: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly progress?: string;
    readonly message?: string;
    readonly claims?: readonly unknown[];
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
}

export interface Expected {
  readonly node: string;
  readonly os: string;
  readonly from: string;
  readonly to: string;
}

export interface WatchedRollout {
  readonly now: () => Rollout;
  /** Rejects when the cluster cannot be watched any more; never resolves before `signal`. */
  readonly ended: Promise<void>;
}

const claimKey = 'containeros.dev/claim';
const own = '/apis/containeros.dev/v1alpha1';

export function watchRollout(
  lab: Lab,
  expected: readonly Expected[],
  onChange: () => void,
  signal: AbortSignal,
): WatchedRollout {
  const views = new Map<string, View>();
  const policies = new Map<string, Policy>();
  /** When a node was taken out of service and put back, milliseconds since the epoch. */
  const away = new Map<string, { readonly from: number; to?: number }>();
  const followInto = <T extends ApiObject>(path: string, store: Map<string, T>): Promise<void> => {
    const take = ({ object, deleted }: Seen): void => {
      if (deleted) store.delete(object.metadata.name);
      // The path says which kind its objects are of.
      else store.set(object.metadata.name, object as T);
      onChange();
    };
    return follow(lab.client, path, take, signal).ended;
  };
  const followTrips = ({ object }: Seen): void => {
    const { name, annotations = {} } = object.metadata;
    const trip = away.get(name);
    if (!(claimKey in annotations)) {
      if (trip !== undefined) trip.to ??= Date.now();
    } else if (trip === undefined || trip.to !== undefined) away.set(name, { from: Date.now() });
    onChange();
  };
  const ended = Promise.all([
    follow(lab.client, '/api/v1/nodes', followTrips, signal).ended,
    followInto(`${own}/containerosnodes`, views),
    followInto(`${own}/containerospolicies`, policies),
  ]).then(() => undefined);

  const rowOf = ({ node, os, from, to }: Expected): Row => {
    const status = views.get(node)?.status;
    const trip = away.get(node);
    return {
      node,
      os,
      state: status?.state ?? 'Unknown',
      version: status?.version ?? (status === undefined ? from : ''),
      wanted: to,
      since: status?.since === undefined ? undefined : Date.parse(status.since),
      because: status?.because ?? 'the operator has not looked at it yet',
      seconds: trip?.to === undefined ? undefined : Math.round((trip.to - trip.from) / 1000),
    };
  };
  return {
    now: () => ({ rows: expected.map(rowOf), policies: [...policies.values()].map(policyRow) }),
    ended,
  };
}

function policyRow({ metadata, status }: Policy): PolicyRow {
  const isUpToDate = status?.conditions?.some(({ type, status: is }) => type === 'UpToDate' && is === 'True');
  return {
    name: metadata.name,
    progress: status?.progress ?? '',
    message: status?.message ?? '',
    settled:
      isUpToDate === true &&
      status?.observedGeneration === metadata.generation &&
      (status?.claims ?? []).length === 0,
  };
}
