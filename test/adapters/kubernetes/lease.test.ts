/** The election over a real Lease, with processes played by contenders whose connection and clock the test holds. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiClient } from '../../../src/adapters/kubernetes/client.ts';
import { createLeadership } from '../../../src/adapters/kubernetes/lease.ts';
import type { RawLease } from '../../../src/adapters/kubernetes/lease-record.ts';
import type { Leadership } from '../../../src/ports/leadership.ts';
import { StaleError, UnreachableError } from '../../../src/ports/errors.ts';
import { until } from '../../lab/process/until.ts';
import { ownNamespace, startRealCluster } from './support/real-cluster.ts';
import type { RealCluster } from './support/real-cluster.ts';
import { waitUntil } from './support/wait-until.ts';

const leaseMs = 6_000;
const deadlineMs = 5_000;
const retryMs = 200;

interface Contender {
  readonly leadership: Leadership;
  /** `started <fence>` and `stopped`, in order. */
  readonly told: readonly string[];
  readonly fences: () => readonly string[];
  connection: 'Up' | 'Down' | 'AnswersLost';
  sleptMs: number;
  stop(): Promise<void>;
}

let real: RealCluster;
const contenders: Contender[] = [];
const history: string[] = [];

beforeAll(async () => {
  real = await startRealCluster();
}, 600_000);
afterAll(() => real.stop());
afterEach(async () => {
  await Promise.all(contenders.splice(0).map((contender) => contender.stop()));
  history.length = 0;
  await real.plane.kubectl(['-n', ownNamespace, 'delete', 'lease', '--all']);
});

function contend(identity: string): Contender {
  const end = new AbortController();
  const told: string[] = [];
  const api: ApiClient = {
    ...real.api,
    request: async <T>(request: Parameters<ApiClient['request']>[0]): Promise<T> => {
      if (contender.connection === 'Down') throw new UnreachableError('cut off');
      const answer = await real.api.request<T>(request);
      if (contender.connection === 'AnswersLost' && request.method !== 'GET')
        throw new UnreachableError('answer lost');
      return answer;
    },
  };
  const leadership = createLeadership({
    api,
    clock: { now: () => Date.now(), monotonic: () => performance.now() + contender.sleptMs },
    random: Math.random,
    namespace: ownNamespace,
    identity,
    leaseDuration: leaseMs,
    renewDeadline: deadlineMs,
    retryPeriod: retryMs,
    onError: () => undefined,
  });
  const tell = (what: string): void => {
    told.push(what);
    history.push(`${identity} ${what.split(' ')[0] ?? ''}`);
  };
  const contender: Contender = {
    leadership,
    told,
    fences: () =>
      told.filter((what) => what.startsWith('started')).map((what) => what.slice('started '.length)),
    connection: 'Up',
    sleptMs: 0,
    stop: async () => {
      end.abort();
      await running;
    },
  };
  const running = leadership.run(
    { onStarted: (fence) => tell(`started ${fence}`), onStopped: () => tell('stopped') },
    end.signal,
  );
  contenders.push(contender);
  return contender;
}
const leads = (contender: Contender): (() => boolean) =>
  contender.leadership.isLeading.bind(contender.leadership);
const stored = (): Promise<RawLease> =>
  real.api.request({
    method: 'GET',
    path: `/apis/coordination.k8s.io/v1/namespaces/${ownNamespace}/leases/containeros-operator`,
  });

describe('the election', () => {
  it('has one leader, and the next at once when that one stops', async () => {
    const first = contend('a');
    await waitUntil('a leads', leads(first));
    const second = contend('b');
    await new Promise((resolve) => setTimeout(resolve, 2 * retryMs));
    expect(second.told).toEqual([]);
    expect(() => second.leadership.assertLeading()).toThrow(StaleError);
    const since = performance.now();
    await first.stop();
    await waitUntil('b leads', leads(second));
    expect(performance.now() - since).toBeLessThan(leaseMs / 2);
    expect(history).toEqual(['a started', 'a stopped', 'b started']);
    expect([...first.fences(), ...second.fences()]).toEqual(['a/0', 'b/1']);
  }, 60_000);

  it('renews, by a clock time that others may read', async () => {
    const leader = contend('a');
    await waitUntil('a leads', leads(leader));
    const before = await stored();
    await new Promise((resolve) => setTimeout(resolve, 3 * retryMs));
    const after = await stored();
    expect(after.spec).toMatchObject({
      holderIdentity: 'a',
      leaseDurationSeconds: leaseMs / 1000,
      leaseTransitions: 0,
    });
    expect(after.spec?.renewTime).not.toBe(before.spec?.renewTime);
    expect(after.spec?.renewTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  });

  it('ends for one that is cut off before another begins', async () => {
    const first = contend('a');
    await waitUntil('a leads', leads(first));
    const second = contend('b');
    first.connection = 'Down';
    await waitUntil('b leads', leads(second), leaseMs + 4 * retryMs + 1_500);
    expect(history).toEqual(['a started', 'a stopped', 'b started']);
    first.connection = 'Up';
    await second.stop();
    await waitUntil('a leads again', leads(first));
    expect(first.fences()).toEqual(['a/0', 'a/2']);
  }, 60_000);

  it('goes on when the answer to a renewal was lost', async () => {
    const leader = contend('a');
    await waitUntil('a leads', leads(leader));
    leader.connection = 'AnswersLost';
    await new Promise((resolve) => setTimeout(resolve, 3 * retryMs));
    leader.connection = 'Up';
    await new Promise((resolve) => setTimeout(resolve, deadlineMs));
    expect(leader.leadership.isLeading()).toBe(true);
    expect(leader.told).toEqual(['started a/0']);
  }, 60_000);

  it('is won at the next try when the answer to the winning write was lost', async () => {
    const leader = contend('a');
    leader.connection = 'AnswersLost';
    await until('the write', () => stored().catch(() => undefined), { withinMs: 5_000, everyMs: 20 });
    leader.connection = 'Up';
    await waitUntil('a leads', leads(leader), leaseMs / 2);
    // Less than the lease that it would have to see expire if it took itself for another.
    expect(leader.told).toEqual(['started a/1']);
  });

  it('lets nobody act who slept past the deadline, before any timer says so', async () => {
    const leader = contend('a');
    await waitUntil('a leads', leads(leader));
    leader.leadership.assertLeading();
    leader.sleptMs = deadlineMs + 1;
    expect(() => leader.leadership.assertLeading()).toThrow(StaleError);
    await waitUntil('it is told', () => leader.told.includes('stopped'));
  });

  it('starts over with a new fence when somebody deletes the Lease', async () => {
    const leader = contend('a');
    await waitUntil('a leads', leads(leader));
    await real.plane.kubectl(['-n', ownNamespace, 'delete', 'lease', '--all']);
    await waitUntil('a leads again', () => leader.fences().length === 2);
    expect(leader.fences()).toEqual(['a/0', 'a/1']);
  });
});

describe('handing over', () => {
  it('gives the lease to the other, and stays out until it may return', async () => {
    const first = contend('a');
    await waitUntil('a leads', leads(first));
    const second = contend('b');
    await new Promise((resolve) => setTimeout(resolve, 2 * retryMs));
    let mayReturn = false;
    await first.leadership.handOver(() => mayReturn, 60_000);
    expect(first.leadership.isLeading()).toBe(false);
    await waitUntil('b leads', leads(second));
    await second.stop();
    await new Promise((resolve) => setTimeout(resolve, 3 * retryMs));
    expect(first.told).toHaveLength(2);
    mayReturn = true;
    await waitUntil('a leads again', leads(first));
  }, 60_000);

  it('is taken back when nobody leads for too long', async () => {
    const first = contend('a');
    await waitUntil('a leads', leads(first));
    const since = performance.now();
    await first.leadership.handOver(() => false, 1_000);
    await waitUntil('a leads again', leads(first));
    expect(performance.now() - since).toBeGreaterThanOrEqual(1_000);
  }, 60_000);

  it('by one that does not lead does nothing', async () => {
    const first = contend('a');
    await waitUntil('a leads', leads(first));
    const second = contend('b');
    await second.leadership.handOver(() => false, 60_000);
    expect(first.leadership.isLeading()).toBe(true);
    await first.stop();
    await waitUntil('b leads', leads(second));
    expect(second.fences()).toHaveLength(1);
  });
});
