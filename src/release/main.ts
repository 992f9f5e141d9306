/**
 * What Helm's pre-delete hook runs: stops the operator, puts back the nodes that it has on their way, and says what is left. Ends well
 * whatever is left: a hook that fails keeps the release from being uninstalled, and a node that does not come back must not do that.
 * Only one that is stopped before, say because its own node goes down, ends badly: its Job starts it again.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import about from '../../package.json' with { type: 'json' };
import { createApiClient } from '../adapters/kubernetes/client.ts';
import { createCluster } from '../adapters/kubernetes/cluster.ts';
import { createCredentials } from '../adapters/kubernetes/credentials.ts';
import { createLeadership } from '../adapters/kubernetes/lease.ts';
import { scaleToZero } from '../adapters/kubernetes/scale.ts';
import { osAdapters } from '../adapters/os/index.ts';
import { type Config, readConfig } from '../config.ts';
import { ConfigError } from '../config/config-error.ts';
import { loadKubeConfig } from '../config/kubeconfig.ts';
import { createTold } from '../control/told.ts';
import type { Clock } from '../ports/clock.ts';
import { endText } from './end-text.ts';
import { putNodesBack } from './put-nodes-back.ts';

const deployment = 'container-os-operator';
const settleMs = 2000;
const scaleAgainMs = 2000;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** False: it was told to stop before it was done, and is to be started again. */
async function main(config: Config): Promise<boolean> {
  const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const random = Math.random;
  const { namespace } = config.pod;
  const instance = config.pod.name ?? 'release';
  const isNews = createTold(1000);
  const onError = (where: string, error: unknown): void => {
    const text = textOf(error);
    if (isNews(where, text)) print(`${where}, and is tried again: ${text}`);
  };
  const end = new AbortController();
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    end.abort();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const lastMoment = setTimeout(() => end.abort(), config.releasePatience);

  const api = createApiClient({
    credentials: createCredentials(() => loadKubeConfig(config.kubeconfig), clock),
    userAgent: `container-os-operator-release/${about.version}`,
  });
  const cluster = createCluster({
    api,
    clock,
    random,
    namespace,
    podLabels: config.operatorPodLabels,
    task: config.task,
    // A claimed node is finished without the hooks of its policy.
    hooks: { ...config.hooks, namespace: undefined },
    nodesOnly: true,
    instance,
    onError,
  });
  const began = clock.monotonic();
  while (!end.signal.aborted) {
    try {
      const there = await scaleToZero(api, namespace, deployment);
      print(there ? `Deployment ${deployment} is scaled to 0` : `There is no Deployment ${deployment}`);
      break;
    } catch (error) {
      onError('Scaling the Deployment failed', error);
      await sleep(scaleAgainMs);
    }
  }
  cluster.start(end.signal);
  await Promise.race([cluster.synced(), aborted(end.signal)]);
  const left = await putNodesBack({
    reader: cluster.reader,
    writer: cluster.writer,
    leadership: createLeadership({
      api,
      clock,
      random,
      namespace,
      identity: `${instance}_${randomUUID()}`,
      ...config.lease,
      onError: (error) => onError('Taking over failed', error),
    }),
    clock,
    adapters: osAdapters,
    settings: config.settings,
    self: {
      nodeName: config.pod.nodeName,
      podName: config.pod.name,
      namespace,
      podLabels: config.operatorPodLabels,
    },
    patienceMs: config.releasePatience - (clock.monotonic() - began),
    settleMs,
    print,
    failed: onError,
    signal: end.signal,
  });
  clearTimeout(lastMoment);
  if (stopped) print('Stopped before it was done');
  else for (const line of endText(left)) print(line);
  await cluster.stop();
  api.close();
  return !stopped;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

try {
  process.exitCode = (await main(readConfig(process.env, process.argv.slice(2)))) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : textOf(error)}\n`);
  process.exitCode = 1;
}
// What is left are connections that nobody waits for.
process.exit();
