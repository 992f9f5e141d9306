/** What is made of a `systemctl reboot` that fails, from what the host says of itself afterwards. */
import { describe, expect, it } from '@jest/globals';
import { requestReboot } from '../../../../src/adapters/os/cos/engine.ts';
import type { CommandOutput } from '../../../../src/adapters/os/cos/host-command.ts';
import type { CosHost } from '../../../../src/adapters/os/cos/host.ts';
import type { TaskContext } from '../../../../src/ports/node-tasks.ts';

const exits = (code: number, stdout = '', stderr = ''): CommandOutput => ({
  kind: 'Exited',
  code,
  stdout,
  stderr,
});
const failed = exits(1, '', 'Access denied');
const killed: CommandOutput = { kind: 'Killed', timedOut: false, stdout: '', stderr: '' };

/** A host that answers the reboot call so, and then says these one after another, the last one for good. */
function ask(reboot: CommandOutput, ...states: readonly CommandOutput[]) {
  let elapsed = 0;
  let asked = 0;
  const stop = new AbortController();
  const host: CosHost = {
    readText: async () => undefined,
    exists: async () => false,
    command: {
      run: async (_program, [verb]) => {
        if (verb === 'reboot') return reboot;
        asked += 1;
        return states[Math.min(asked, states.length) - 1] ?? failed;
      },
    },
  };
  const context = {
    clock: { now: () => elapsed, monotonic: () => elapsed },
    sleep: async (ms: number, signal = stop.signal) => {
      signal.throwIfAborted();
      elapsed += ms;
      if (elapsed >= 3000) stop.abort(new Error('SIGTERM'));
      signal.throwIfAborted();
    },
    signal: stop.signal,
  };
  return {
    answer: (isStopped: boolean) =>
      requestReboot(host, {
        ...context,
        signal: isStopped ? context.signal : new AbortController().signal,
      } as Pick<TaskContext, 'clock' | 'sleep' | 'signal'> as TaskContext),
    asked: () => asked,
  };
}

describe('a reboot call', () => {
  it.each<[string, CommandOutput, CommandOutput[], string | undefined]>([
    ['that succeeds is accepted', exits(0), [exits(0, 'running\n')], undefined],
    ['that is killed may have been', killed, [exits(0, 'running\n')], undefined],
    ['that fails on a host that stops is accepted', failed, [exits(1, 'stopping\n')], undefined],
    [
      'that fails on a host that stops a little later is accepted',
      failed,
      [exits(0, 'running\n'), exits(1, 'degraded\n'), exits(1, 'stopping\n')],
      undefined,
    ],
    ['that fails on a host that cannot be asked may have been', failed, [failed], undefined],
    ['that fails on a host whose answer is killed may have been', failed, [killed], undefined],
    [
      'that fails on a host that says it is offline may have been',
      failed,
      [exits(1, 'offline\n')],
      undefined,
    ],
    [
      'that fails on a host that goes on is refused',
      failed,
      [exits(0, 'running\n')],
      'exit code 1: Access denied',
    ],
    [
      'that fails on a host that goes on with failed units is refused',
      failed,
      [exits(1, 'degraded\n')],
      'exit code 1: Access denied',
    ],
  ])('%s', async (_name, reboot, states, refusal) => {
    expect(await ask(reboot, ...states).answer(false)).toBe(refusal);
  });

  it('that could not be made is refused, and nothing more is asked', async () => {
    const { answer, asked } = ask({ kind: 'NotStarted', text: 'no such file' });
    expect(await answer(false)).toBe('no such file');
    expect(asked()).toBe(0);
  });

  it('that fails may have been accepted when the task is told to stop meanwhile', async () => {
    expect(await ask(failed, exits(0, 'running\n')).answer(true)).toBeUndefined();
  });
});
