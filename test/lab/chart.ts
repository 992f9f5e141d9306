/** Installs the operator as its users do: the real helm, the real chart. */
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeKubeconfig } from './api/kubeconfig.ts';
import { operatorNamespace } from './control-plane/audit-policy.ts';
import { imageRepository, imageTag } from './image.ts';
import type { Lab } from './lab.ts';
import { runCommand } from './process/run-command.ts';

const chartFolder = join(import.meta.dirname, '..', '..', 'charts', 'container-os-operator');
const release = 'container-os-operator';
/** The chart calls its account by the release's name. */
const serviceAccount = release;
const tokenSeconds = 24 * 3600;

/** Values of the chart; merged over those that the lab needs, which are the image's name and nothing else. */
export type ChartValues = Readonly<Record<string, unknown>>;

export interface InstallOptions {
  readonly values?: ChartValues;
  /** Waits until the Deployment is available; default true. */
  readonly wait?: boolean;
  /** Another chart folder, say one of an older version. */
  readonly chart?: string;
}

/** `helm install` into the namespace `container-os-operator`. @throws CommandError with helm's text. */
export async function installOperator(lab: Lab, options: InstallOptions = {}): Promise<string> {
  return deploy(lab, ['install', '--create-namespace'], options);
}

/** `helm upgrade` with exactly these values. @throws CommandError with helm's text. */
export async function upgradeOperator(lab: Lab, options: InstallOptions = {}): Promise<string> {
  return deploy(lab, ['upgrade'], options);
}

/** `helm uninstall`, with its hooks. @throws CommandError with helm's text. */
export async function uninstallOperator(lab: Lab, args: readonly string[] = []): Promise<string> {
  return helm(lab, ['uninstall', release, '--namespace', operatorNamespace, '--wait', ...args]);
}

/** The real helm as administrator; answers standard output. @throws CommandError */
export async function helm(lab: Lab, args: readonly string[], input?: string): Promise<string> {
  const home = join(lab.dir, 'helm');
  const env = {
    ...process.env,
    KUBECONFIG: lab.adminKubeconfig,
    // Whatever the person at this machine has configured for helm stays out of it.
    HELM_CACHE_HOME: join(home, 'cache'),
    HELM_CONFIG_HOME: join(home, 'config'),
    HELM_DATA_HOME: join(home, 'data'),
  };
  const { stdout } = await runCommand(lab.programs.helm, args, {
    env,
    ...(input !== undefined && { input }),
  });
  return stdout;
}

/** Writes a kubeconfig with a token of the operator's own account, good for a day; answers its path. */
export async function writeOperatorKubeconfig(lab: Lab): Promise<string> {
  const path = `/api/v1/namespaces/${operatorNamespace}/serviceaccounts/${serviceAccount}/token`;
  const request = { spec: { expirationSeconds: tokenSeconds } };
  const { status } = await lab.client.create<{ status: { token: string } }>(path, request);
  const { ca } = lab.controlPlane.pki.credentials('admin');
  return writeKubeconfig(join(lab.dir, 'operator.kubeconfig'), lab.controlPlane.server, 'operator', {
    ca,
    token: status.token,
  });
}

async function deploy(lab: Lab, verb: readonly string[], options: InstallOptions): Promise<string> {
  const values = merge({ image: { repository: imageRepository, tag: imageTag } }, options.values ?? {});
  const wait = options.wait === false ? [] : ['--wait', '--timeout', '5m'];
  return helm(
    lab,
    [
      ...verb,
      release,
      options.chart ?? chartFolder,
      '--namespace',
      operatorNamespace,
      '--values',
      '-',
      ...wait,
    ],
    stringify(values),
  );
}

/** Objects are merged key by key, all else is replaced, as helm does with several `--values`. */
function merge(base: ChartValues, over: ChartValues): ChartValues {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isObject(below) && isObject(value) ? merge(below, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is ChartValues {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
