/** Waiting as a standby: looks at the Lease by a watch, and judges its age by our own clock from when we saw it change. */
import type { Clock } from '../../ports/clock.ts';
import type { ApiClient } from './client.ts';
import { leaseName } from '../../api/keys.ts';
import { leasesPath } from './paths.ts';
import type { RawLease } from './lease-record.ts';
import { versionOf } from './raw.ts';
import { watchEvents } from './watch-events.ts';

export interface Observation {
  /** To be told of the Lease as it was just seen. */
  see(lease: RawLease | undefined): void;
  /** Milliseconds until the one who holds it must be taken for gone; 0 or less: it is free. */
  freeIn(): number;
}

/** Clocks of others are never read: a lease is old when *we* have not seen it change for its duration. */
export function createObservation(clock: Clock): Observation {
  let seen = '';
  let at = 0;
  let durationMs = 0;
  return {
    see: (lease) => {
      const { holderIdentity = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
      const now = JSON.stringify(lease?.spec ?? {});
      if (now !== seen) at = clock.monotonic();
      seen = now;
      durationMs = holderIdentity === '' ? 0 : leaseDurationSeconds * 1000;
    },
    freeIn: () => (durationMs === 0 ? 0 : at + durationMs - clock.monotonic()),
  };
}

export interface StandBy {
  readonly api: ApiClient;
  readonly namespace: string;
  readonly observation: Observation;
  readonly signal: AbortSignal;
}

/** Resolves when the Lease is free to be taken, or the watch ended, or the signal aborted. Throws as ApiClient.open and watchEvents. */
export async function watchUntilFree(
  lease: RawLease,
  { api, namespace, observation, signal }: StandBy,
): Promise<void> {
  const free = new AbortController();
  const expire = (): void => {
    const left = observation.freeIn();
    if (left <= 0) free.abort();
    else timer = setTimeout(expire, left);
  };
  let timer = setTimeout(expire, observation.freeIn());
  const either = AbortSignal.any([signal, free.signal]);
  try {
    const path = leasesPath(namespace);
    const query = {
      // A watch of one name is what a right on one name allows.
      fieldSelector: `metadata.name=${leaseName}`,
      resourceVersion: versionOf(lease),
      watch: 'true',
      timeoutSeconds: '300',
    };
    const stream = await api.open({ path, query, signal: either });
    for await (const { type, object } of watchEvents<RawLease>(stream, `watch ${path}`, 90_000)) {
      observation.see(type === 'DELETED' ? undefined : object);
      if (observation.freeIn() <= 0) return;
    }
  } catch (error) {
    if (!either.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}
