/** `npm test`: everything that CI runs, one stage after another; the first that fails ends it. `--slow` runs the end-to-end scenes at the default waits. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const root = join(import.meta.dirname, '..');
const { values } = parseArgs({ options: { slow: { type: 'boolean', default: false } } });
const jest = [
  '--disable-warning=ExperimentalWarning',
  '--experimental-vm-modules',
  'node_modules/jest/bin/jest.js',
  '--config',
  'jest.config.ts',
];

interface Stage {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

const checks: readonly Stage[] = [
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings', 'src', 'test', 'scripts'] },
  { name: 'format', command: 'prettier', args: ['--check', '--log-level', 'warn', 'src', 'test', 'scripts'] },
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
  { name: 'build', command: 'node', args: ['scripts/build.ts'] },
  { name: 'lab programs', command: 'node', args: ['scripts/build-lab.ts'] },
  { name: 'tests', command: 'node', args: [...jest, '--selectProjects', 'unit', 'shell'] },
];
const scenes: Stage = {
  name: 'scenes',
  command: 'node',
  args: [...jest, '--selectProjects', 'e2e', '--maxWorkers', '2'],
};

const stages = values.slow
  ? [...checks.filter(({ name }) => name.startsWith('build') || name.startsWith('lab')), scenes]
  : [...checks, scenes];
for (const stage of stages) {
  const startedAt = performance.now();
  process.stdout.write(`\n== ${stage.name}\n`);
  const code = await run(stage);
  process.stdout.write(
    `== ${stage.name}: ${code === 0 ? 'ok' : `failed (${code})`}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`,
  );
  if (code !== 0) {
    process.exitCode = 1;
    break;
  }
}

async function run({ command, args }: Stage): Promise<number> {
  const child = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}`,
      ...(values.slow ? { SCENE_WAITS: 'default' } : {}),
    },
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 130)));
    });
  } finally {
    process.off('SIGINT', forward);
    process.off('SIGTERM', forward);
  }
}
