/** Builds what the lab runs from pinned Go modules, once per machine and content. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { interruptible } from '../process/interruptible.ts';
import { runCommand } from '../process/run-command.ts';
import { cacheFolder, cacheKey, pruneCache, unfinishedPrefix } from './cache.ts';
import { requireGo } from './go-toolchain.ts';
import { withLock } from './lock.ts';
import { showProgress } from './progress.ts';
import type { Progress } from './progress.ts';
import type { Programs } from './programs.ts';
import { buildArguments, targets } from './target.ts';
import type { Target } from './target.ts';

export interface EnsureOptions {
  readonly progress?: Progress;
  /** Ends a running build; nothing half built stays. Without it Ctrl-C does that, and then ends this process. */
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

const goFolder = join(import.meta.dirname, '..', 'go');

/**
 * Paths of all programs, after building those that are missing. Says nothing when nothing is to be done.
 * @throws GoMissingError; CommandError with the compiler's text; an AbortError after `signal`.
 */
export async function ensurePrograms(options: EnsureOptions = {}): Promise<Programs> {
  const { signal } = options;
  return signal === undefined
    ? interruptible((interrupt) => ensure({ ...options, signal: interrupt }))
    : ensure({ ...options, signal });
}

async function ensure(options: EnsureOptions & { readonly signal: AbortSignal }): Promise<Programs> {
  const env = options.env ?? process.env;
  const folder = cacheFolder(env);
  const wanted = targets(goFolder).map((target) => ({ target, entry: cacheKey(target, platformOf()) }));
  const missing = () => wanted.filter(({ entry }) => !existsSync(join(folder, entry)));

  if (missing().length > 0) {
    await requireGo(env);
    mkdirSync(folder, { recursive: true });
    const progress = options.progress ?? showProgress(process.stderr, () => performance.now());
    const onWait = (owner: number): void => {
      progress.say(`Waiting for process ${String(owner)}, which builds the lab's programs`);
    };
    await withLock(join(folder, 'lock'), { onWait, signal: options.signal }, async () => {
      pruneCache(folder, new Set(wanted.map(({ entry }) => entry)), Date.now());
      // The owner before us may have built them.
      const steps = missing();
      for (const [index, { target, entry }] of steps.entries()) {
        const label = `Building ${Object.keys(target.binaries).join(', ')}`;
        progress.begin({ label, expectedSeconds: target.expectedSeconds }, index, steps.length);
        try {
          await build(target, folder, entry, env, options.signal);
        } finally {
          progress.end();
        }
      }
    });
  }

  const now = new Date();
  const entryOf = (name: string): string => {
    const entry = wanted.find(({ target }) => target.name === name)?.entry;
    if (entry === undefined) throw new Error(`No build target is called ${name}`);
    return join(folder, entry);
  };
  // Marks the entries as used, for pruning.
  for (const { entry } of wanted) utimesSync(join(folder, entry), now, now);
  const kubernetes = entryOf('kubernetes');
  return {
    etcd: join(entryOf('etcd'), 'etcd'),
    kubeApiserver: join(kubernetes, 'kube-apiserver'),
    kubeControllerManager: join(kubernetes, 'kube-controller-manager'),
    kubeScheduler: join(kubernetes, 'kube-scheduler'),
    kubectl: join(kubernetes, 'kubectl'),
    helm: join(entryOf('helm'), 'helm'),
    labNode: join(entryOf('lab-node'), 'lab-node'),
    hostTool: join(entryOf('hosttool'), 'hosttool'),
  };
}

async function build(
  target: Target,
  folder: string,
  entry: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = mkdtempSync(join(folder, unfinishedPrefix));
  try {
    for (const [binary, goPackage] of Object.entries(target.binaries)) {
      await runCommand('go', buildArguments(target, goPackage, join(unfinished, binary)), {
        cwd: target.module,
        env: { ...env, CGO_ENABLED: '0', GOFLAGS: '', GOWORK: 'off' },
        signal,
      });
    }
    if (cacheKey(target, platformOf()) !== entry) {
      throw new Error(`The sources of ${target.name} changed while it was built: start again`);
    }
    renameSync(unfinished, join(folder, entry));
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function platformOf(): string {
  return `${process.platform}-${process.arch}`;
}
