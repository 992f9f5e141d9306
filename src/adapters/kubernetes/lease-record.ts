/** The Lease of the election, read and written as the other clients of Leases do. */
import { leaseName } from '../../api/keys.ts';
import type { ApiClient, ApiRequest } from './client.ts';
import { isFailure } from './errors.ts';
import { microTime } from './micro-time.ts';
import { leasesPath } from './paths.ts';
import type { RawObject } from './raw.ts';

export interface RawLease extends RawObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface Holding {
  /** Empty: released. */
  readonly holder: string;
  readonly durationMs: number;
  /** Milliseconds since the epoch. */
  readonly acquiredAt: number;
  readonly renewedAt: number;
  readonly transitions: number;
}

export interface LeaseRecord {
  readonly path: string;
  /** Undefined where there is none. Throws as ApiClient.request. */
  read(limits: Limits): Promise<RawLease | undefined>;
  create(holding: Holding, limits: Limits): Promise<RawLease>;
  /** Only if it is still the one that was read. */
  replace(lease: RawLease, holding: Holding, limits: Limits): Promise<RawLease>;
}

type Limits = Pick<ApiRequest, 'timeoutMs' | 'signal'>;

export function leaseRecord(api: ApiClient, namespace: string): LeaseRecord {
  const path = `${leasesPath(namespace)}/${leaseName}`;
  return {
    path,
    read: async (limits) => {
      try {
        return await api.request<RawLease>({ method: 'GET', path, ...limits });
      } catch (error) {
        if (isFailure(error, 'NotFound')) return undefined;
        throw error;
      }
    },
    create: (holding, limits) =>
      api.request<RawLease>({
        method: 'POST',
        path: leasesPath(namespace),
        body: bodyOf({ name: leaseName, namespace }, holding),
        ...limits,
      }),
    replace: (lease, holding, limits) =>
      api.request<RawLease>({ method: 'PUT', path, body: bodyOf(lease.metadata, holding), ...limits }),
  };
}

function bodyOf(metadata: RawLease['metadata'], holding: Holding): RawLease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: metadata ?? {},
    spec: {
      holderIdentity: holding.holder,
      // The API takes whole seconds, and not 0.
      leaseDurationSeconds: Math.max(1, Math.ceil(holding.durationMs / 1000)),
      acquireTime: microTime(holding.acquiredAt),
      renewTime: microTime(holding.renewedAt),
      leaseTransitions: holding.transitions,
    },
  };
}
