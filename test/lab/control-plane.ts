/** A real Kubernetes control plane on this machine's loopback interface: etcd, API server, controller manager, scheduler. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createApiClient } from './api/api-client.ts';
import type { ApiClient } from './api/api-client.ts';
import { isNotFound } from './api/api-error.ts';
import { writeKubeconfig } from './api/kubeconfig.ts';
import type { Programs } from './build/programs.ts';
import { auditPolicyText } from './control-plane/audit-policy.ts';
import type { Loopback } from './control-plane/loopback.ts';
import { reserveLoopback } from './control-plane/loopback.ts';
import { createPki } from './control-plane/pki.ts';
import type { Pki } from './control-plane/pki.ts';
import * as flags from './control-plane/arguments.ts';
import { startChild } from './process/child.ts';
import type { Child } from './process/child.ts';
import { runCommand } from './process/run-command.ts';
import { tailOf } from './process/tail-of.ts';
import { until } from './process/until.ts';

export interface ControlPlaneOptions {
  readonly programs: Programs;
  /** Milliseconds without a sign of life after which the node controller calls a Node Unknown; default 40,000, as upstream. */
  readonly nodeMonitorGracePeriodMs?: number;
  /** More flags for the API server. */
  readonly apiServerFlags?: readonly string[];
  /** Called once with a sentence when a program of the control plane ends by itself. */
  readonly onFailure?: (sentence: string) => void;
}

export interface ControlPlane {
  readonly dir: string;
  readonly programs: Programs;
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  readonly apiHost: string;
  readonly apiPort: number;
  readonly etcdPort: number;
  readonly pki: Pki;
  readonly loopback: Loopback;
  /** Path of a kubeconfig of a member of system:masters. */
  readonly adminKubeconfig: string;
  /** The administrator's client. */
  readonly client: ApiClient;
  /** Path of the audit log, one JSON event a line. */
  readonly auditLog: string;
  /** Ends the API server (SIGTERM, and SIGKILL if that takes long) and starts it anew on the same port, with `flags` beside its own. */
  restartApiServer(flags?: readonly string[]): Promise<void>;
  /** The real kubectl as administrator; answers standard output. @throws CommandError */
  readonly kubectl: (args: readonly string[], input?: string) => Promise<string>;
  stop(): Promise<void>;
}

const startLimitMs = 90_000;
/** What a restart leaves open requests; open watches would hold the server for a minute. */
const restartGraceMs = 4000;

/** @throws Error with the end of the program's log when one does not come up. `dir` is made if it is not there. */
export async function startControlPlane(dir: string, options: ControlPlaneOptions): Promise<ControlPlane> {
  const { programs } = options;
  const path = (name: string): string => join(dir, name);
  for (const folder of ['pki', 'logs', 'etcd']) mkdirSync(path(folder), { recursive: true, mode: 0o700 });
  const loopback = await reserveLoopback(process.pid);
  const children: Child[] = [];
  const failures: string[] = [];
  const start = (name: string, command: string, args: readonly string[]): Child => {
    const child = startChild({
      name,
      command,
      args,
      logFile: path(`logs/${name}.log`),
      labNode: programs.labNode,
      onUnexpectedExit: (sentence) => {
        failures.push(sentence);
        options.onFailure?.(sentence);
      },
    });
    children.push(child);
    return child;
  };
  const stop = async (): Promise<void> => {
    // etcd last, so that no log fills with refused connections. Nobody waits for leases or connections of a lab that ends.
    const stops = (which: boolean): Promise<void>[] =>
      children
        .filter(({ name }) => (name === 'etcd') === which)
        .map((child) => child.stop(which ? 3000 : 500));
    await Promise.all(stops(false));
    await Promise.all(stops(true));
    client?.close();
    await loopback.release();
  };
  let client: ApiClient | undefined;

  try {
    const pki = await createPki(programs.labNode, path('pki'));
    const [etcdClient, etcdPeer, apiPort, managerPort, schedulerPort] = [
      await loopback.port(),
      await loopback.port(),
      await loopback.port(),
      await loopback.port(),
      await loopback.port(),
    ];
    const server = `https://127.0.0.1:${String(apiPort)}`;
    const kubeconfig = (name: string): string =>
      writeKubeconfig(path(`${name}.kubeconfig`), server, name, pki.credentials(name));
    const auditLog = path('logs/audit.log');
    writeFileSync(path('audit-policy.yaml'), auditPolicyText());
    const admin = createApiClient(server, pki.credentials('admin'));
    client = admin;

    const startApiServer = (more: readonly string[] = []): Child =>
      start(
        'kube-apiserver',
        programs.kubeApiserver,
        flags.apiServerArguments(pki, {
          port: apiPort,
          etcdPort: etcdClient,
          auditPolicy: path('audit-policy.yaml'),
          auditLog,
          extra: [...(options.apiServerFlags ?? []), ...more],
        }),
      );
    const ready = (): Promise<unknown> =>
      until('the API server to be ready', () => answersReadyz(admin, failures), { withinMs: startLimitMs });

    start('etcd', programs.etcd, flags.etcdArguments(path('etcd'), { etcdClient, etcdPeer }));
    let apiServer = startApiServer();
    await ready().catch((error: unknown) => {
      throw new Error(`The API server did not come up:\n${tailOf(path('logs/kube-apiserver.log'))}`, {
        cause: error,
      });
    });
    start(
      'kube-controller-manager',
      programs.kubeControllerManager,
      flags.controllerManagerArguments(
        pki,
        kubeconfig('kube-controller-manager'),
        managerPort,
        options.nodeMonitorGracePeriodMs ?? 40_000,
      ),
    );
    start(
      'kube-scheduler',
      programs.kubeScheduler,
      flags.schedulerArguments(kubeconfig('kube-scheduler'), schedulerPort),
    );
    // No Pod is admitted before its namespace has this account.
    await until('the default service account', () => defaultAccount(admin, failures), {
      withinMs: startLimitMs,
    });

    const adminKubeconfig = kubeconfig('admin');
    return {
      dir,
      programs,
      server,
      apiHost: '127.0.0.1',
      apiPort,
      etcdPort: etcdClient,
      pki,
      loopback,
      adminKubeconfig,
      client: admin,
      auditLog,
      restartApiServer: async (more) => {
        children.splice(children.indexOf(apiServer), 1);
        await apiServer.stop(restartGraceMs);
        apiServer = startApiServer(more);
        await ready();
      },
      kubectl: async (args, input) => {
        const { stdout } = await runCommand(
          programs.kubectl,
          ['--kubeconfig', adminKubeconfig, '--cache-dir', path('kubectl-cache'), ...args],
          input === undefined ? {} : { input },
        );
        return stdout;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answersReadyz(client: ApiClient, failures: readonly string[]): Promise<true | undefined> {
  if (failures[0] !== undefined) throw new Error(failures[0]);
  try {
    await client.text('/readyz');
    return true;
  } catch {
    // Refused connections and 500s are what "not ready yet" looks like; `until` bounds how long that is accepted.
    return undefined;
  }
}

async function defaultAccount(client: ApiClient, failures: readonly string[]): Promise<true | undefined> {
  if (failures[0] !== undefined) throw new Error(failures[0]);
  try {
    await client.get('/api/v1/namespaces/default/serviceaccounts/default');
    return true;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
