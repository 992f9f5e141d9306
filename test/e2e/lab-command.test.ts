/** `npm run lab` as a person uses it, to its end. */
import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { attachLab } from '../lab/attach.ts';
import { runCommand } from '../lab/process/run-command.ts';
import { attempt } from '../lab/process/attempt.ts';
import { until } from '../lab/process/until.ts';
import { patience } from './support/waits.ts';

const script = join(import.meta.dirname, '../../scripts/lab.ts');

/** Process ids whose command line names the lab's folder. */
function processesOf(dir: string): readonly string[] {
  return readdirSync('/proc').filter((id) => {
    let names = false;
    // A process may go between being listed and being read.
    attempt('ESRCH', () =>
      attempt('ENOENT', () => {
        names = /^\d+$/.test(id) && readFileSync(`/proc/${id}/cmdline`, 'utf8').includes(dir);
      }),
    );
    return names;
  });
}

describe('npm run lab', () => {
  it.each<{ signal: NodeJS.Signals; ends: string; cleans: boolean }>([
    { signal: 'SIGINT', ends: 'with exit code 0, no process and no file left', cleans: true },
    { signal: 'SIGKILL', ends: 'without a process left', cleans: false },
  ])(
    'brings up nodes, accounts and CRDs, and after $signal ends $ends',
    async ({ signal, cleans }) => {
      const lab = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      lab.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
      const ended = once(lab, 'exit');
      let dir = '';
      try {
        await until('the lab to be up', () => said.includes('Ctrl-C ends it') || undefined, {
          withinMs: patience(540_000),
        });
        const operatorKubeconfig = /--kubeconfig (\S+)/.exec(said)?.[1] ?? '';
        dir = dirname(operatorKubeconfig);
        const attached = attachLab(dir);
        expect(await attached.kubectl(['get', 'nodes', '--output', 'name'])).toBe(
          'node/bottlerocket-01\nnode/bottlerocket-02\nnode/cos-01\n',
        );
        const asOperator = [
          '--kubeconfig',
          operatorKubeconfig,
          'auth',
          'whoami',
          '--output',
          'jsonpath={..username}',
        ];
        const { stdout } = await runCommand(attached.programs.kubectl, asOperator);
        expect(stdout).toBe('system:serviceaccount:container-os-operator:container-os-operator');
        expect(await attached.kubectl(['get', 'cosp'])).toBe('');
        attached.detach();

        expect(processesOf(dir).length).toBeGreaterThan(6);
        lab.kill(signal);
        expect(await ended).toEqual(cleans ? [0, null] : [null, 'SIGKILL']);
        await until('its processes to end', () => processesOf(dir).length === 0 || undefined, {
          withinMs: patience(10_000),
        });
        expect(existsSync(dir)).toBe(!cleans);
      } finally {
        lab.kill('SIGKILL');
        if (dir.startsWith(tmpdir())) rmSync(dir, { recursive: true, force: true });
      }
    },
    patience(600_000),
  );
});
