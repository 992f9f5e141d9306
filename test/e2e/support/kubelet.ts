/** Steering the kubelet of a lab node from a scene, and being sure that it is done. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../lab/process/until.ts';
import { attemptValue } from '../../lab/process/attempt.ts';
import type { Scene } from './scene.ts';
import { sharedStage } from './scene.ts';

const key = 'lab.containeros.dev/kubelet';

/** Stops it in its tracks. It stays Ready in the cluster for 40 s. */
export async function hangKubelet(scene: Scene, name: string): Promise<void> {
  await scene.annotate(name, { [key]: 'Hung' });
  await until(`the kubelet of ${name} to hang`, () => stateOf(scene, name) === 'T' || undefined, patience);
}

/** Kills it, and the programs of its Pods. */
export async function stopKubelet(scene: Scene, name: string): Promise<void> {
  await scene.annotate(name, { [key]: 'Down' });
  await until(
    `the kubelet of ${name} to end`,
    () => stateOf(scene, name) === undefined || undefined,
    patience,
  );
}

export async function runKubelet(scene: Scene, name: string): Promise<void> {
  await scene.annotate(name, { [key]: null });
}

const patience = { withinMs: 20_000, everyMs: 100 };

/** The state of its process as the kernel tells it, `T` where it is stopped; undefined where there is none. */
function stateOf(scene: Scene, name: string): string | undefined {
  const folder = join(sharedStage().dir, 'nodes', scene.full(name));
  for (const pid of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const [, verb, argument] = read(`/proc/${pid}/cmdline`).split('\0');
    if (verb === 'node' && argument === folder) return /\) (\w)/.exec(read(`/proc/${pid}/stat`))?.[1];
  }
  return undefined;
}

/** Empty where the process has ended meanwhile. */
const read = (path: string): string =>
  attemptValue('ENOENT', () => attemptValue('ESRCH', () => readFileSync(path, 'utf8'))) ?? '';
