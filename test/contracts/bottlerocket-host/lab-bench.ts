/** One simulated host under replay, and the calls that bring it into a state. */
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { UpdateCommand } from '../../lab/hosts/bottlerocket/faults.ts';
import { createHost } from '../../lab/hosts/create-host.ts';
import { hostDescription } from '../../lab/hosts/host.ts';
import { createFakeMachine } from '../../lab-hosts/fake-machine.ts';
import { openConnection, type RawAnswer } from './raw-connection.ts';
import { requestBytes } from './request-bytes.ts';

/** What a scenario changes at the host while it goes on. */
export interface Change {
  /** Before everything else: the boot that the step before asked for. */
  readonly boots?: boolean;
  readonly faults?: Readonly<Record<string, unknown>>;
  readonly offers?: readonly string[];
  /** Somebody's change of the settings, applied. */
  readonly settings?: string;
  /** Calls that are not in the recording. */
  readonly bring?: 'Available' | 'Staged' | 'Ready';
  /** More of these, one after another. */
  readonly run?: readonly UpdateCommand[];
}

export interface BenchOptions {
  readonly version: string;
  readonly offers: readonly string[];
  readonly refreshMs?: number;
  readonly prepareMs: number;
}

export interface Bench {
  readonly socket: string;
  call(method: string, target: string, body?: string): Promise<RawAnswer>;
  /** Polls the status until no command runs. */
  settled(): Promise<RawAnswer>;
  change(change: Change): Promise<void>;
  end(): Promise<void>;
}

const ways: Readonly<Record<'Available' | 'Staged' | 'Ready', readonly UpdateCommand[]>> = {
  Available: ['refresh'],
  Staged: ['refresh', 'prepare'],
  Ready: ['refresh', 'prepare', 'activate'],
};
const shortMs = 100;
/** Longer than rendering takes. */
const renderedMs = 40;
const reachableWithinMs = 5000;
const settledWithinMs = 40_000;
const metadata = 'http://repo.test:18480/metadata/';
const targets = 'http://repo.test:18480/targets/';

export async function createBench(options: BenchOptions): Promise<Bench> {
  const machine = await createFakeMachine();
  let description = hostDescription.parse({
    os: 'Bottlerocket',
    version: options.version,
    variant: 'aws-k8s-1.29',
    offers: options.offers,
    timings: { refreshMs: options.refreshMs ?? shortMs, prepareMs: options.prepareMs, activateMs: shortMs },
  });
  const host = createHost(description, machine);
  machine.carry(host);
  await host.start();
  const socket = join(machine.root, 'run/api.sock');

  const call: Bench['call'] = async (method, target, body) => {
    const connection = await reachable(socket);
    connection.send(requestBytes({ method, path: target, ...(body === undefined ? {} : { body }) }));
    const answer = await connection.answer();
    connection.close();
    return answer;
  };
  const settled = async (): Promise<RawAnswer> => {
    const until = performance.now() + settledWithinMs;
    for (;;) {
      const answer = await call('GET', '/updates/status');
      if (answer.status !== 423 || performance.now() > until) return answer;
      await sleep(10);
    }
  };
  const run = async (commands: readonly UpdateCommand[]): Promise<void> => {
    for (const command of commands) {
      await call('POST', `/actions/${command}-update${command === 'refresh' ? 's' : ''}`);
      await settled();
    }
  };
  const set = async (settings: string): Promise<void> => {
    await call('PATCH', '/settings?tx=bench', settings);
    await call('POST', '/tx/commit_and_apply?tx=bench');
    await sleep(renderedMs);
  };
  let boot = machine.bootID();
  const booted = async (): Promise<void> => {
    const until = performance.now() + reachableWithinMs;
    while (machine.bootID() === boot && performance.now() < until) await sleep(10);
    (await reachable(socket)).close();
  };
  // The place among the waves and the addresses that the recorded server had.
  const updates = { seed: 1358, 'metadata-base-url': metadata, 'targets-base-url': targets };
  await set(JSON.stringify({ updates }));

  return {
    socket,
    call,
    settled,
    async change(change) {
      if (change.boots === true) await booted();
      boot = machine.bootID();
      if (change.faults !== undefined || change.offers !== undefined) {
        description = {
          ...description,
          faults: { ...(change.faults ?? description.faults) },
          offers: [...(change.offers ?? description.offers)],
        };
        host.update(description);
      }
      if (change.settings !== undefined) await set(change.settings);
      await run(change.bring === undefined ? [] : ways[change.bring]);
      await run(change.run ?? []);
    },
    end: () => machine.remove(),
  };
}

/** Connects, waiting for a server that is about to come back. */
export async function reachable(socket: string): ReturnType<typeof openConnection> {
  const until = performance.now() + reachableWithinMs;
  for (;;) {
    try {
      return await openConnection(socket);
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(20);
    }
  }
}
