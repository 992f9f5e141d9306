/** Asks the simulated host in place of its tools: no chroot and no program, and timeouts on the test's faster clock. */
import { connect } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { CommandOutput, HostCommand } from '../../../../src/adapters/os/cos/host-command.ts';

const result = z.object({
  stdout: z.string().default(''),
  stderr: z.string().default(''),
  exitCode: z.number().default(0),
  hang: z.boolean().default(false),
});

export function socketCommand(root: string, factor: number): HostCommand {
  return {
    run: (program, args, timeout) =>
      new Promise<CommandOutput>((resolve, reject) => {
        const socket = connect(join(root, 'run/lab/host.sock'));
        const timer = setTimeout(() => {
          socket.destroy();
          resolve({ kind: 'Killed', timedOut: true, stdout: '', stderr: '' });
        }, timeout / factor);
        let text = '';
        socket.setEncoding('utf8');
        socket.on('data', (chunk: string) => {
          text += chunk;
        });
        socket.on('error', reject);
        socket.on('end', () => {
          const { stdout, stderr, exitCode, hang } = result.parse(JSON.parse(text));
          if (hang) return;
          clearTimeout(timer);
          resolve({ kind: 'Exited', code: exitCode, stdout, stderr });
        });
        const env = { SYSTEMD_IGNORE_CHROOT: '1' };
        socket.write(`${JSON.stringify({ argv: [program.split('/').at(-1), ...args], env })}\n`);
      }),
  };
}
