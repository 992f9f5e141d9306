/** A COS host on a fake machine, spoken to as its tools do: one line of JSON in, one out. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost } from '../lab/hosts/create-host.ts';
import { hostDescription, type SimulatedHost } from '../lab/hosts/host.ts';
import { createFakeMachine, type FakeMachine } from './fake-machine.ts';

export interface ToolAnswer {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly hang?: boolean;
}

interface Caller {
  readonly env?: Readonly<Record<string, string>>;
  readonly inChroot?: boolean;
}

export interface CosRig {
  readonly machine: FakeMachine;
  readonly host: SimulatedHost;
  readonly run: (...argv: readonly string[]) => Promise<ToolAnswer>;
  /** As a tool with these variables, which was started in a chroot unless told. */
  readonly runWith: (caller: Caller, ...argv: readonly string[]) => Promise<ToolAnswer>;
  /** The lines of `--status` by key. */
  readonly status: () => Promise<ReadonlyMap<string, string>>;
  /** Polls until update_engine does this; answers every operation that was seen on the way. */
  readonly reach: (operation: string) => Promise<readonly string[]>;
  /** Asks for a check and polls until it is over. */
  check(): Promise<ReadonlyMap<string, string>>;
  /** A file of the root. */
  readonly file: (path: string) => Promise<string>;
  faults(faults: Record<string, unknown>): void;
  end(): Promise<void>;
}

const timings = { refreshMs: 30, prepareMs: 200, activateMs: 30 };
const polls = 1000;
/** Any program: nothing executes it here. */
const anyProgram = '/bin/true';
const short = (operation: string | undefined): string => (operation ?? '').replace('UPDATE_STATUS_', '');

export async function aCosHost(given: Record<string, unknown> = {}): Promise<CosRig> {
  const machine = await createFakeMachine();
  const description = hostDescription.parse({
    os: 'ContainerOptimizedOS',
    version: '18613.164.98',
    offers: ['18613.164.120', '18613.200.3', '18867.1.1'],
    timings,
    ...given,
  });
  const host = createHost(description, machine, { hostTool: anyProgram });
  machine.carry(host);
  await host.start();
  const run: CosRig['run'] = (...argv) => runWith({}, ...argv);
  const runWith: CosRig['runWith'] = async (caller, ...argv) => {
    const socket = connect(join(machine.root, 'run/lab/host.sock'));
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.write(`${JSON.stringify({ argv, ...caller })}\n`);
    await once(socket, 'close');
    return JSON.parse(text) as ToolAnswer;
  };
  const status: CosRig['status'] = async () => {
    const { stdout } = await run('update_engine_client', '--status');
    return new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split('=') as [string, string]),
    );
  };
  const reach: CosRig['reach'] = async (operation) => {
    const seen = new Set<string>();
    for (let i = 0; i < polls; i += 1) {
      const now = short((await status()).get('CURRENT_OP'));
      seen.add(now);
      if (now === operation) return [...seen];
      await sleep(3);
    }
    throw new Error(`never ${operation}, but ${[...seen].join(', ')}`);
  };
  return {
    machine,
    host,
    run,
    runWith,
    status,
    reach,
    async check() {
      await run('update_engine_client', '--check_for_update');
      for (let i = 0; i < polls; i += 1) {
        const now = await status();
        if (['IDLE', 'UPDATED_NEED_REBOOT'].includes(short(now.get('CURRENT_OP')))) return now;
        await sleep(3);
      }
      throw new Error('the check does not end');
    },
    file: (path) => readFile(join(machine.root, path), 'utf8'),
    faults: (faults) => host.update({ ...description, faults }),
    end: () => machine.remove(),
  };
}
