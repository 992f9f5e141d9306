/** A Bottlerocket host on a fake machine, spoken to with Node's own HTTP client, as the operator's task does. */
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost } from '../lab/hosts/create-host.ts';
import { hostDescription, type HostDescription, type SimulatedHost } from '../lab/hosts/host.ts';
import { createFakeMachine, type FakeMachine } from './fake-machine.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Status {
  readonly update_state: string;
  readonly available_updates: readonly string[];
  readonly chosen_update: { readonly version: string } | null;
  readonly staging_partition: { readonly image: { readonly version: string } } | null;
  readonly most_recent_command: {
    readonly cmd_type: string;
    readonly cmd_status: string;
    readonly stderr: string;
  };
}

export interface Rig {
  readonly machine: FakeMachine;
  readonly host: SimulatedHost;
  readonly socket: string;
  call(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Posts an action and answers the status once the lock is free. */
  readonly act: (action: string) => Promise<Status>;
  /** Pins `settings.updates` and waits until that is rendered. */
  pin(updates: unknown): Promise<void>;
  version(): Promise<string>;
  /** Replaces the faults, as a changed annotation does. */
  faults(faults: Record<string, unknown>): void;
  change(description: Partial<HostDescription>): void;
  end(): Promise<void>;
}

const timings = { refreshMs: 10, prepareMs: 20, activateMs: 10 };
const polls = 500;

export async function aBottlerocketHost(given: Record<string, unknown> = {}): Promise<Rig> {
  const machine = await createFakeMachine();
  let description = hostDescription.parse({
    os: 'Bottlerocket',
    version: '1.26.0',
    variant: 'aws-k8s-1.31',
    offers: ['1.26.1', '1.26.0', '1.25.0'],
    timings,
    ...given,
  });
  const host = createHost(description, machine);
  machine.carry(host);
  await host.start();
  const socket = join(machine.root, 'run/api.sock');
  const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
    callSocket(socket, method, path, body);
  const change = (part: Partial<HostDescription>): void => {
    const next = { ...description, ...part };
    host.update(next);
    description = next;
  };
  return {
    machine,
    host,
    socket,
    call,
    change,
    async act(action) {
      const posted = await call('POST', `/actions/${action}`);
      if (posted.status !== 204) throw new Error(`${action}: ${posted.status} ${posted.body}`);
      for (let i = 0; i < polls; i += 1) {
        const { status, body } = await call('GET', '/updates/status');
        if (status === 200) return JSON.parse(body) as Status;
        await sleep(5);
      }
      throw new Error(`${action} does not end`);
    },
    async pin(updates) {
      await call('PATCH', '/settings?tx=test', { updates });
      await call('POST', '/tx/commit_and_apply?tx=test');
      await sleep(40);
    },
    version: async () => (JSON.parse((await call('GET', '/os')).body) as { version_id: string }).version_id,
    faults: (faults) => change({ faults }),
    end: () => machine.remove(),
  };
}

export function callSocket(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const sent = request(
      {
        socketPath,
        method,
        path,
        agent: false,
        headers: text === undefined ? {} : { 'content-type': 'application/json' },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
}
