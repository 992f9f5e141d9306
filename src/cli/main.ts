/** kubectl-containeros: the program for people. Exit codes: 0 as wished, 1 not so, 2 wrong usage. */
import { setTimeout as wait } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import about from '../../package.json' with { type: 'json' };
import { createApiClient } from '../adapters/kubernetes/client.ts';
import { createCredentials } from '../adapters/kubernetes/credentials.ts';
import { messageOf } from '../adapters/kubernetes/errors.ts';
import type { Clock } from '../ports/clock.ts';
import { readArguments, UsageError, type VerifyArguments } from './arguments.ts';
import { verify } from './verify/verify.ts';

const clock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** As kubectl does: the option, then KUBECONFIG, then the file in the home folder. */
function loadKubeConfig({ kubeconfig, context }: VerifyArguments): KubeConfig {
  const config = new KubeConfig();
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  if (context !== undefined) config.setCurrentContext(context);
  if (config.getCurrentCluster() === null) {
    throw new UsageError(`the kubeconfig has no cluster for the context ${context ?? '(none is current)'}`);
  }
  return config;
}

async function main(argv: readonly string[]): Promise<number> {
  const command = readArguments(argv);
  if (command.do === 'Help') {
    say(command.text);
    return 0;
  }
  const { wish } = command;
  const stop = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    say(`${signal}: cleaning up; once more ends at once and leaves the Pod`);
    stop.abort();
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  // Read at once: a file that is missing is a mistake of who calls, not of the cluster.
  let config: KubeConfig;
  try {
    config = loadKubeConfig(wish);
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError(messageOf(error));
  }
  const api = createApiClient({
    credentials: createCredentials(() => config, clock),
    userAgent: `kubectl-containeros/${about.version}`,
  });
  try {
    const sleep = (ms: number): Promise<void> => wait(ms, undefined, { signal: stop.signal });
    return (await verify(wish, { api, clock, sleep, signal: stop.signal, say })) ? 0 : 1;
  } finally {
    api.close();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const usage = error instanceof UsageError;
  process.stderr.write(`${usage ? error.text : messageOf(error)}\n`);
  process.exitCode = usage ? 2 : 1;
}
