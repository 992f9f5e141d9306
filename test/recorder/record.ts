/** Runs the recorder beside a test or the demo, as a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Answer, CheckRequest, Report } from './protocol.ts';
import type { Violation } from './violation.ts';
import type { RebootCall } from './world/event.ts';

/** A lab, also one that another process runs (`attachLab`). */
export interface RecordableLab {
  readonly dir: string;
  readonly adminKubeconfig: string;
  /** The machines of a lab that runs in this process know of reboot calls that led to nothing. */
  readonly machines?: () => readonly {
    readonly name: string;
    rebootCalls(): readonly Omit<RebootCall, 'node'>[];
  }[];
}

export interface RecordOptions {
  /** Milliseconds that a Node watch may lag (design: 90 s). Where nobody freezes watches a few seconds judge more sharply. */
  readonly nodeSightMs?: number;
  /** Distinguishes recordings of one lab. */
  readonly name?: string;
}

export interface Recording {
  /** Judges everything up to now and goes on. @throws Error when the record is not complete. */
  check(): Promise<readonly Violation[]>;
  /** Judges everything and ends the process. @throws Error when the record is not complete. */
  stop(): Promise<readonly Violation[]>;
  /** Ends the process without a verdict. */
  abandon(): Promise<void>;
  /** How much it has seen by the last check. */
  readonly seen: () => Pick<Report, 'revisions' | 'requests'> | undefined;
}

const startLimitMs = 60_000;
const reportLimitMs = 120_000;

/** Settles when everything from here on is recorded. */
export async function record(lab: RecordableLab, options: RecordOptions = {}): Promise<Recording> {
  const name = options.name ?? 'recording';
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'main.ts'),
      '--kubeconfig',
      lab.adminKubeconfig,
      '--audit-log',
      join(lab.dir, 'logs/audit.log'),
      '--out',
      join(lab.dir, `${name}.json`),
      '--nodes',
      join(lab.dir, 'nodes'),
      ...(options.nodeSightMs === undefined ? [] : ['--node-sight-ms', String(options.nodeSightMs)]),
    ],
    // A session of its own, so that Ctrl-C does not end it before those whom it watches. The end of its input does.
    { detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = `${errors}${text}`.slice(-4000)));
  // It may end before it has read its input; that shows in its answers.
  child.stdin.on('error', (error) => (errors += error.message));
  const exited = once(child, 'exit');
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let seen: Report | undefined;

  const next = async (limitMs: number): Promise<Answer> => {
    const timeout = AbortSignal.timeout(limitMs);
    const late = once(timeout, 'abort').then(() => {
      throw new Error(`The recorder did not answer within ${String(limitMs / 1000)} s`);
    });
    const line = await Promise.race([answers.next(), late]);
    if (line.done === true) throw new Error(`The recorder ended: ${errors}`);
    const answer: Answer = JSON.parse(line.value);
    if (answer.kind === 'Broken') throw new Error(`The record is not complete: ${answer.because}`);
    return answer;
  };
  const check = async (): Promise<readonly Violation[]> => {
    const rebootCalls = (lab.machines?.() ?? []).flatMap((machine) =>
      machine.rebootCalls().map(({ at, bootID }) => ({ node: machine.name, at, bootID })),
    );
    const request: CheckRequest = { do: 'check', rebootCalls };
    child.stdin.write(`${JSON.stringify(request)}\n`);
    const answer = await next(reportLimitMs);
    if (answer.kind !== 'Report') throw new Error(`The recorder answered ${answer.kind} to a check`);
    seen = answer;
    return answer.violations;
  };
  const abandon = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await exited;
  };

  try {
    await next(startLimitMs);
  } catch (error) {
    await abandon();
    throw error;
  }
  return {
    check,
    stop: async () => {
      try {
        return await check();
      } finally {
        await abandon();
      }
    },
    abandon,
    seen: () => seen,
  };
}
