/** Composition root of the operator: configuration, cluster, election, controller, health; and an orderly end. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import about from '../package.json' with { type: 'json' };
import { createPrometheus } from './adapters/gates/prometheus/prometheus.ts';
import { createApiClient } from './adapters/kubernetes/client.ts';
import { createCluster } from './adapters/kubernetes/cluster.ts';
import { createCredentials } from './adapters/kubernetes/credentials.ts';
import { createGateTokens } from './adapters/kubernetes/gate-tokens.ts';
import { createLeadership } from './adapters/kubernetes/lease.ts';
import { ContainerOsOperator } from './adapters/kubernetes/operator.ts';
import { osAdapters } from './adapters/os/index.ts';
import { type Config, readConfig } from './config.ts';
import { ConfigError } from './config/config-error.ts';
import { loadKubeConfig } from './config/kubeconfig.ts';
import { createController } from './control/controller.ts';
import { createNarrator } from './control/narrator.ts';
import type { Clock } from './ports/clock.ts';
import { startHealthServer } from './telemetry/health.ts';
import { createLog, logOf } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';

const queueName = 'policies';
/** A watch loop that did nothing for so long, not even fail, hangs. */
const watchHangsAfterMs = 600_000;

async function main(config: Config): Promise<void> {
  const log = createLog({ level: config.logLevel === 'fatal' ? 'error' : config.logLevel });
  const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const random = Math.random;
  const identity = `${config.pod.name ?? 'outside'}_${randomUUID()}`;
  const { namespace } = config.pod;

  const metrics = createMetrics({
    version: about.version,
    fleet: { policies: () => cluster.reader.policies(), views: () => cluster.reader.views() },
  });
  const background = logOf(log, 'background');
  const onError = (where: string, error: unknown): void => {
    metrics.failedInBackground(where);
    background.warn({ where, err: error }, 'Failed, and is tried again');
  };
  const credentials = createCredentials(() => loadKubeConfig(config.kubeconfig), clock);
  const api = createApiClient({
    credentials,
    userAgent: `container-os-operator/${about.version}`,
    onOutcome: metrics.requested,
  });
  const cluster = createCluster({
    api,
    clock,
    random,
    namespace,
    podLabels: config.operatorPodLabels,
    task: config.task,
    hooks: config.hooks,
    instance: config.pod.name ?? identity,
    waits: {
      silenceMs: config.settings.watchSilence,
      // Told well before the Pod is given up, so that the sentence is not just that there was no answer.
      missingSocketAfter: Math.min(30_000, config.settings.inspectTimeout / 2),
    },
    onError,
  });
  const leadership = createLeadership({
    api,
    clock,
    random,
    namespace,
    identity,
    ...config.lease,
    onError: (error) => onError('Leader election', error),
  });
  const controller = createController({
    reader: cluster.reader,
    writer: cluster.writer,
    leadership,
    gates: createPrometheus({ tokens: createGateTokens(api, config.hooks.namespace) }),
    clock,
    adapters: osAdapters,
    settings: config.settings,
    self: {
      nodeName: config.pod.nodeName,
      podName: config.pod.name,
      namespace,
      podLabels: config.operatorPodLabels,
    },
    narrator: createNarrator(logOf(log, 'controller'), {
      updated: metrics.upgraded,
      stepTook: metrics.stepTook,
    }),
    metrics: {
      reconciled: (result, seconds) => metrics.reconciled(queueName, result, seconds),
      evicted: metrics.evicted,
      queued: (depth) => metrics.queued(queueName, depth),
      dequeued: (depth, waited) => metrics.dequeued(queueName, depth, waited),
      worked: (seconds) => metrics.worked(queueName, seconds),
      retried: () => metrics.retried(queueName),
    },
  });

  let synced = false;
  const operator = new ContainerOsOperator({
    kubeConfig: loadKubeConfig(config.kubeconfig),
    cluster,
    logger: logOf(log, 'operator'),
    enqueue: () => controller.wake(),
  });
  const health = await startHealthServer({
    host: config.http.host,
    port: config.http.port,
    live: [{ name: 'watches', problem: () => hangingWatch(cluster.activity(), clock.now()) }],
    ready: [{ name: 'caches', problem: () => (synced ? undefined : 'the first lists are not complete') }],
    metrics,
  });
  log.info(
    { host: config.http.host, port: health.port, version: about.version, identity },
    'Serving health and metrics',
  );

  const end = new AbortController();
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal }, 'Stopping');
    end.abort();
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);

  // The first lists may take as long as the API server is away; who is told to stop meanwhile has nothing to hand over.
  const complete = await Promise.race([operator.start().then(() => true), aborted(end.signal)]);
  if (complete === true) {
    synced = true;
    log.info('Caches are complete');
    let stopped: Promise<void> = Promise.resolve();
    await leadership.run(
      {
        onStarted: (fence) => {
          metrics.leading('containeros-operator', true);
          log.info({ fence }, 'Leading');
          cluster.forget();
          void stopped.then(() => controller.start(fence));
        },
        onStopped: () => {
          metrics.leading('containeros-operator', false);
          log.info('Not leading any more');
          stopped = controller.stop();
        },
      },
      end.signal,
    );
    await stopped;
  }
  await operator.stopped();
  await health.close();
  api.close();
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}

function hangingWatch(activity: ReadonlyMap<string, number>, now: number): string | undefined {
  const hanging = [...activity].find(([, at]) => now - at > watchHangsAfterMs);
  return hanging === undefined
    ? undefined
    : `the watch of ${hanging[0]} hangs since ${new Date(hanging[1]).toISOString()}`;
}

try {
  await main(readConfig(process.env, process.argv.slice(2)));
  process.exitCode = 0;
} catch (error) {
  const text =
    error instanceof ConfigError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`${text}\n`);
  process.exitCode = 1;
}
// What is left are connections that nobody waits for.
process.exit();
