/**
 * The Lease `containeros-exclusive`: held by the one node that nobody else may be out of service with. Creating it is the lock.
 * It may only be read by name, so it is read when somebody asks and nothing recent is known; in between we know what we did,
 * since nobody but the leader writes it.
 */
import { exclusiveLeaseName } from '../../api/keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ClusterReader, Guard } from '../../ports/cluster.ts';
import { ConflictError } from '../../ports/errors.ts';
import type { ApiClient } from './client.ts';
import { inPortWords, isFailure, toPortError } from './errors.ts';
import { microTime } from './micro-time.ts';
import { leasesPath } from './paths.ts';
import type { RawObject } from './raw.ts';

type Holding = ReturnType<ClusterReader['exclusive']>;

interface RawExclusive extends RawObject {
  readonly spec?: { readonly holderIdentity?: string };
}

export interface Exclusive {
  /** What is known; asks the server in the background where that is nothing, or long ago. */
  readonly current: () => Holding;
  /** Nothing is known any more: another leader may have acted. */
  readonly forget: () => void;
  readonly take: (nodeUID: string, guard: Guard) => Promise<void>;
  readonly drop: (nodeUID: string) => Promise<void>;
}

export interface ExclusiveOptions {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly namespace: string;
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
}

/** A person may have deleted the Lease: look again after so many milliseconds while it seems held. */
const heldFreshFor = 30_000;
/** Milliseconds between two reads that fail. */
const retryAfter = 2_000;

export function createExclusive({ api, clock, namespace, onChange, onError }: ExclusiveOptions): Exclusive {
  const path = `${leasesPath(namespace)}/${exclusiveLeaseName}`;
  let known: Holding = { held: 'Unknown' };
  let readAt = Number.NEGATIVE_INFINITY;
  let reading = false;
  // Counts what we did ourselves, so that a read which began before it does not undo it.
  let generation = 0;

  const learn = (next: Holding): void => {
    const changed = JSON.stringify(next) !== JSON.stringify(known);
    known = next;
    generation += 1;
    if (changed) onChange();
  };
  const read = async (): Promise<RawExclusive | undefined> => {
    try {
      return await api.request<RawExclusive>({ method: 'GET', path });
    } catch (error) {
      if (isFailure(error, 'NotFound')) return undefined;
      throw error;
    }
  };
  const refresh = async (): Promise<void> => {
    reading = true;
    readAt = clock.monotonic();
    const before = generation;
    try {
      const lease = await read();
      if (before === generation) learn(holdingOf(lease));
    } catch (error) {
      onError(error);
    } finally {
      reading = false;
    }
  };

  return {
    current: () => {
      const age = clock.monotonic() - readAt;
      const due = known.held === 'Unknown' ? age >= retryAfter : known.held && age >= heldFreshFor;
      if (due && !reading) void refresh();
      return known;
    },
    forget: () => {
      readAt = Number.NEGATIVE_INFINITY;
      learn({ held: 'Unknown' });
    },
    take: async (nodeUID, guard) => {
      const now = microTime(clock.now());
      try {
        await api.request({
          method: 'POST',
          path: leasesPath(namespace),
          body: {
            apiVersion: 'coordination.k8s.io/v1',
            kind: 'Lease',
            metadata: { name: exclusiveLeaseName, namespace },
            spec: { holderIdentity: nodeUID, acquireTime: now, renewTime: now },
          },
          guard,
        });
        learn({ held: true, holder: nodeUID });
      } catch (error) {
        if (!isFailure(error, 'Conflict')) throw toPortError(error);
        const held = holdingOf(await inPortWords(read()));
        learn(held);
        // Ours from a request whose answer was lost.
        if (held.held === true && held.holder === nodeUID) return;
        throw new ConflictError(`${exclusiveLeaseName} is held by another node`, { cause: error });
      }
    },
    drop: async (nodeUID) => {
      const lease = await inPortWords(read());
      const held = holdingOf(lease);
      if (held.held === true && held.holder === nodeUID) {
        const { uid, resourceVersion } = lease?.metadata ?? {};
        await api
          .request({ method: 'DELETE', path, body: { preconditions: { uid, resourceVersion } } })
          .catch((error: unknown) => {
            if (!isFailure(error, 'NotFound')) throw toPortError(error);
          });
        learn({ held: false });
      } else {
        learn(held);
      }
    },
  };
}

function holdingOf(lease: RawExclusive | undefined): Holding {
  if (lease === undefined) return { held: false };
  return { held: true, holder: lease.spec?.holderIdentity ?? '' };
}
