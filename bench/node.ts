/**
 * `npm run bench:node`: what the operator costs on a node. The image as it is pulled and unpacked, how fast its programs start, and
 * the memory of the one that runs on hosts. Measured on the built image over simulated hosts.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { OsName } from '../src/api/os.ts';
import { startLabMachine } from '../test/adapters/os/lab-machine.ts';
import { type BuiltImage, ensureImage } from '../test/image/build/ensure-image.ts';
import { serveOperator } from '../test/image/operator-container.ts';
import { inspectFromImage, peakOfInspect } from '../test/image/task-container.ts';
import { ensurePrograms } from '../test/lab/build/ensure-programs.ts';
import { median } from './median.ts';

interface TaskCost {
  /** Medians. */
  readonly startMs: number;
  readonly wholeMs: number;
  readonly peakKiB: number;
}

const usage = `Usage: npm run bench:node -- [--runs N] [--json]

  --runs N   how often each program is started; default: 7
  --json     one line of JSON on standard output, and nothing else
`;

const hosts: Readonly<Record<OsName, Readonly<Record<string, unknown>>>> = {
  Bottlerocket: { os: 'Bottlerocket', version: '1.26.0', offers: ['1.26.0', '1.26.1'] },
  ContainerOptimizedOS: { os: 'ContainerOptimizedOS', version: '18613.164.98', offers: ['18613.200.1'] },
};

async function inspectCost(image: BuiltImage, os: OsName, runs: number): Promise<TaskCost> {
  const { hostTool } = await ensurePrograms();
  const machine = await startLabMachine(hosts[os], { hostTool });
  try {
    const seen = [];
    for (let run = 0; run < runs; run += 1) {
      const { startMs, wholeMs } = await inspectFromImage(image, os, machine);
      seen.push({ startMs, wholeMs, peakKiB: await peakOfInspect(image, os, machine) });
    }
    return {
      startMs: median(seen.map((one) => one.startMs)),
      wholeMs: median(seen.map((one) => one.wholeMs)),
      peakKiB: median(seen.map((one) => one.peakKiB)),
    };
  } finally {
    await machine.close();
  }
}

async function operatorStart(image: BuiltImage, runs: number): Promise<number> {
  const seen: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const { startMs, stop } = await serveOperator(image);
    seen.push(startMs);
    await stop();
  }
  return median(seen);
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
if (values.help || !Number.isInteger(runs) || runs < 1) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const image = await ensureImage();
const bundleBytes = (name: string): number => readFileSync(join(image.rootfs, 'app', name)).length;
const result = {
  runs,
  image: { bytes: image.bytes, pulledBytes: image.compressedBytes, buildSeconds: image.buildSeconds },
  bundles: { operatorBytes: bundleBytes('operator.js'), nodeTaskBytes: bundleBytes('node-task.js') },
  operator: { startMs: await operatorStart(image, runs) },
  inspect: {
    Bottlerocket: await inspectCost(image, 'Bottlerocket', runs),
    ContainerOptimizedOS: await inspectCost(image, 'ContainerOptimizedOS', runs),
  },
};

if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else {
  const mebi = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
  const ms = (time: number): string => `${time.toFixed(0)} ms`;
  const row = (name: string, text: string): void => console.log(`${name.padEnd(32)}${text}`);
  row('image', `${mebi(image.bytes)}, ${mebi(image.compressedBytes)} to pull`);
  row('operator.js', mebi(result.bundles.operatorBytes));
  row('node-task.js', mebi(result.bundles.nodeTaskBytes));
  row('operator, to /livez', ms(result.operator.startMs));
  for (const [os, { startMs, wholeMs, peakKiB }] of Object.entries(result.inspect)) {
    row(
      `Inspect, ${os}`,
      `${ms(startMs)} to the first line, ${ms(wholeMs)} in all, at most ${mebi(peakKiB * 1024)}`,
    );
  }
  console.log(`Medians of ${String(runs)} runs.`);
}
