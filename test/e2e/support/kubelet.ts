/** Steering the kubelet of a lab node from a scene, and being sure that it is done. */
import { join } from 'node:path';
import { until } from '../../lab/process/until.ts';
import { isNotFound } from '../../lab/api/api-error.ts';
import { asNode } from './as-node.ts';
import { findProcess, readProc } from './processes.ts';
import type { Scene } from './scene.ts';
import { sharedStage } from './scene.ts';
import { patience } from './waits.ts';

const key = 'lab.containeros.dev/kubelet';

/** Stops it in its tracks: it starts nothing. Its heartbeat goes on, so that the node stays Ready however long that lasts. */
export async function hangKubelet(scene: Scene, name: string): Promise<void> {
  await scene.annotate(name, { [key]: 'Hung' });
  await until(`the kubelet of ${name} to hang`, () => stateOf(scene, name) === 'T' || undefined, limit);
  const path = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${scene.full(name)}`;
  const node = asNode(scene, name);
  const timer = setInterval(() => {
    const renewTime = new Date().toISOString().replace('Z', '000Z');
    // One that is lost is made up for by the next; a node that has none for 40 s fails its story.
    node.patch(path, 'merge', { spec: { renewTime } }).catch((error: unknown) => {
      if (isNotFound(error)) stopBeating(scene, name);
    });
  }, 10_000).unref();
  hearts.set(scene.full(name), () => {
    clearInterval(timer);
    node.close();
  });
}

const hearts = new Map<string, () => void>();

function stopBeating(scene: Scene, name: string): void {
  hearts.get(scene.full(name))?.();
  hearts.delete(scene.full(name));
}

/** Kills it, and the programs of its Pods. */
export async function stopKubelet(scene: Scene, name: string): Promise<void> {
  await scene.annotate(name, { [key]: 'Down' });
  await until(`the kubelet of ${name} to end`, () => stateOf(scene, name) === undefined || undefined, limit);
}

export async function runKubelet(scene: Scene, name: string): Promise<void> {
  stopBeating(scene, name);
  await scene.annotate(name, { [key]: null });
}

const limit = { withinMs: patience(20_000), everyMs: 100 };

/** The state of its process as the kernel tells it, `T` where it is stopped; undefined where there is none. */
function stateOf(scene: Scene, name: string): string | undefined {
  const folder = join(sharedStage().dir, 'nodes', scene.full(name));
  const found = findProcess(({ args: [, verb, argument] }) => verb === 'node' && argument === folder);
  return found && /\) (\w)/.exec(readProc(found.pid, 'stat'))?.[1];
}
