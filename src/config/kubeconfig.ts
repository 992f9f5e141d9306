/** How to reach the cluster: a kubeconfig file, or what a Pod finds mounted. */
import { existsSync, readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { ConfigError } from './config-error.ts';

/** @throws ConfigError that names the file and what is wrong with it. `path` undefined: we run in a Pod. */
export function loadKubeConfig(path: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) {
    config.loadFromCluster();
    return config;
  }
  const unusable = (because: string): ConfigError => new ConfigError([`--kubeconfig: ${path} ${because}`]);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw unusable(whyUnreadable(error));
  }
  try {
    // As kubectl does it: paths in the file are relative to it.
    if (text.trim() !== '') config.loadFromFile(path);
  } catch (error) {
    throw unusable(`is no kubeconfig (${firstLine(error)})`);
  }
  const problem = problemOf(config);
  if (problem !== undefined) throw unusable(problem);
  return config;
}

function whyUnreadable(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EISDIR') return 'is a folder, not a file';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read by this user';
  return `cannot be read (${firstLine(error)})`;
}

/** What keeps a file that parses from being of use. */
function problemOf(config: KubeConfig): string | undefined {
  // Typed as texts, and missing in a file without them.
  const context = config.getCurrentContext() as string | undefined;
  if (context === undefined || context === '') return 'has no current-context';
  const chosen = config.getContextObject(context);
  if (chosen === null) return `has no context ${context}, its current-context`;
  const cluster = config.getCurrentCluster();
  if (cluster === null) return `has no cluster for its current-context ${context}`;
  if (!URL.canParse(cluster.server)) return `has no usable server for cluster ${cluster.name}`;
  const user = config.getCurrentUser();
  const named = ((chosen.user as string | undefined) ?? '') !== '';
  if (user === null && named) return `has no user for its current-context ${context}`;
  const files = [cluster.caFile, user?.certFile, user?.keyFile];
  const missing = files.find((file) => file !== undefined && !existsSync(file));
  return missing === undefined ? undefined : `names ${missing}, which does not exist`;
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
