/** The operator as the chart runs it, from the built image, with an API server that is away. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../lab/process/until.ts';
import type { BuiltImage } from './build/ensure-image.ts';
import { type Container, type ContainerMount, startContainer } from './container.ts';
import { environmentOf } from './task-container.ts';

export interface ServingOperator {
  /** Where it serves health and metrics. */
  readonly url: string;
  /** Milliseconds from the container's start to that. */
  readonly startMs: number;
  /** Asks it to end; answers its exit code. */
  readonly stop: () => Promise<number | NodeJS.Signals>;
}

const environment = {
  // Nobody listens there.
  KUBERNETES_SERVICE_HOST: '127.0.0.1',
  KUBERNETES_SERVICE_PORT: '1',
  POD_NAME: 'container-os-operator-1',
  POD_NAMESPACE: 'container-os-operator',
  NODE_NAME: 'n1',
  POD_IP: '127.0.0.1',
  HTTP_PORT: '0',
  TASK_IMAGE: 'registry.example.com/container-os-operator',
  OPERATOR_POD_LABELS: '{"app.kubernetes.io/name":"container-os-operator"}',
};

/** Starts what the image starts when nothing else is said. */
export function startOperator(
  image: BuiltImage,
  env: Readonly<Record<string, string>>,
  mounts: readonly ContainerMount[] = [],
): Promise<Container> {
  const { Entrypoint = [], Cmd = [], WorkingDir = '/' } = image.config;
  return startContainer({
    rootfs: image.rootfs,
    args: [...Entrypoint, ...Cmd],
    env: { ...environmentOf(image), ...env },
    workdir: WorkingDir,
    user: 65_532,
    group: 65_532,
    capabilities: [],
    mounts,
    bootID: randomUUID(),
  });
}

/** @throws Error with what it wrote, if it does not come to serve. */
export async function serveOperator(image: BuiltImage): Promise<ServingOperator> {
  const account = mkdtempSync(join(tmpdir(), 'account-'));
  for (const [name, content] of Object.entries({ token: 'none', namespace: 'x', 'ca.crt': '' })) {
    writeFileSync(join(account, name), content);
  }
  const target = '/var/run/secrets/kubernetes.io/serviceaccount';
  const started = performance.now();
  const container = await startOperator(image, environment, [{ source: account, target, readOnly: true }]);
  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    container.signal(signal);
    const code = await container.ended;
    rmSync(account, { recursive: true });
    return code;
  };
  try {
    const port = await until('its port', () => /"port":(\d+)/.exec(container.output())?.[1], {
      withinMs: 30_000,
      everyMs: 5,
    });
    const startMs = performance.now() - started;
    return { url: `http://127.0.0.1:${port}`, startMs, stop: () => end('SIGTERM') };
  } catch (error) {
    await end('SIGKILL');
    throw new Error(`The operator does not serve; it wrote: ${container.output()}`, { cause: error });
  }
}
