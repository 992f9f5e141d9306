/** `npm test`: everything that CI runs, one stage after another; the first that fails ends it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from './arguments.ts';

interface Stage {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where jest writes its counts. */
  readonly results?: string;
}

const root = join(import.meta.dirname, '..');
const usage = `Usage: npm test -- [--slow | --recordings]

  --slow        runs the end-to-end scenes alone, at the operator's default waits
  --recordings  runs nothing but what was recorded of a real host
`;
const values = readArguments(usage, {
  slow: { type: 'boolean', default: false },
  recordings: { type: 'boolean', default: false },
});
const folder = mkdtempSync(join(tmpdir(), 'test-results-'));

const sources = ['src', 'test', 'scripts', 'bench'];
const checks: readonly Stage[] = [
  {
    name: 'lint',
    command: 'oxlint',
    args: ['--type-aware', '--deny-warnings', ...sources],
  },
  {
    name: 'format',
    command: 'prettier',
    args: ['--check', '--log-level', 'warn', ...sources],
  },
  { name: 'types', command: 'tsc', args: ['-p', 'tsconfig.json'] },
];
const builds: readonly Stage[] = [
  { name: 'build', command: 'node', args: ['scripts/build.ts'] },
  { name: 'lab programs', command: 'node', args: ['scripts/build-lab.ts'] },
];
const imageTools: Stage = { name: 'image tools', command: 'sh', args: ['scripts/ensure-image-tools.sh'] };
const tests = jest('tests', ['unit', 'shell']);
// Scenes mostly wait, for pods to end and hosts to boot.
const scenes = jest('scenes', ['e2e'], { workers: 3 });
const recordings = jest('recordings', ['unit'], { paths: 'test/contracts/bottlerocket-' });

const stages = values.recordings
  ? [recordings]
  : values.slow
    ? [...builds, scenes]
    : [...checks, ...builds, imageTools, tests, scenes];
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const stage of stages) {
  const startedAt = performance.now();
  process.stdout.write(`\n== ${stage.name}\n`);
  const code = await run(stage);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  process.stdout.write(`== ${stage.name}: ${code === 0 ? 'ok' : `failed (${code})`}, ${seconds} s\n`);
  count(stage);
  if (code === 0) continue;
  process.exitCode = 1;
  break;
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);

function jest(
  name: string,
  projects: readonly string[],
  { workers = 2, paths }: { readonly workers?: number; readonly paths?: string } = {},
): Stage {
  const more = paths === undefined ? [] : ['--testPathPatterns', paths];
  const results = join(folder, `${name}.json`);
  const node = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules'];
  const options = [
    '--config',
    'jest.config.ts',
    '--json',
    '--outputFile',
    results,
    '--maxWorkers',
    String(workers),
    '--testTimeout',
    '60000',
  ];
  return {
    name,
    command: 'node',
    args: [...node, 'node_modules/jest/bin/jest.js', ...options, ...more, '--selectProjects', ...projects],
    results,
  };
}

function count({ results }: Stage): void {
  if (results === undefined || !existsSync(results)) return;
  const seen: { numPassedTests: number; numFailedTests: number; numPendingTests: number } = JSON.parse(
    readFileSync(results, 'utf8'),
  );
  totals.passed += seen.numPassedTests;
  totals.failed += seen.numFailedTests;
  totals.skipped += seen.numPendingTests;
}

/** The exit code; 130 where a signal ended it. */
async function run({ command, args, results }: Stage): Promise<number> {
  const child = spawn(command, args, {
    cwd: root,
    // With --json jest says the same on standard output once more.
    stdio: ['ignore', results === undefined ? 'inherit' : 'ignore', 'inherit'],
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
