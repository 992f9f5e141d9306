/** The image of the Dockerfile, built for real and unpacked; built anew only where something that goes into it has changed. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectCache } from '../../lab/build/cache.ts';
import { withLock } from '../../lab/build/lock.ts';
import { interruptible } from '../../lab/process/interruptible.ts';
import { runCommand } from '../../lab/process/run-command.ts';
import { type Buildah, openBuildah } from './buildah.ts';
import { ensureNodeBase, nodeBaseName } from './node-base.ts';
import { npmSecrets } from './npm-secrets.ts';
import { type ImageConfig, type ImageFile, listLayer, readLayout } from './oci-layout.ts';
import { missingImageTool } from './tools.ts';

export interface BuiltImage {
  /** A folder with the image's files. */
  readonly rootfs: string;
  readonly config: ImageConfig;
  readonly architecture: string;
  readonly files: readonly ImageFile[];
  /** Of all files, and of the layers as they are pulled. */
  readonly bytes: number;
  readonly compressedBytes: number;
  /** Seconds that building took, when that was. */
  readonly buildSeconds: number;
}

const repository = join(import.meta.dirname, '../../..');
/** What the Dockerfile copies, and how it does. */
const inputs = [
  'Dockerfile',
  '.dockerignore',
  '.npmrc',
  'package.json',
  'package-lock.json',
  'scripts/build',
  'scripts/build.ts',
  'src',
];
/** So many builds stay, those that were used last: several work trees may share the cache. */
const keepBuilds = 4;
const tag = 'localhost/container-os-operator:built-by-tests';

/**
 * `NODE_IMAGE` names a base that buildah can pull; without it a stand-in is made from Debian's packages.
 * @throws Error with what is missing; CommandError with the builder's text.
 */
export async function ensureImage(env: NodeJS.ProcessEnv = process.env): Promise<BuiltImage> {
  const missing = missingImageTool(env);
  if (missing !== undefined) throw new Error(missing);
  const folder = join(projectCache(env), 'image');
  mkdirSync(folder, { recursive: true });
  const pulled = env['NODE_IMAGE'];
  const entry = join(folder, `built-${contentKey(pulled ?? nodeBaseName())}`);
  await interruptible((signal) =>
    withLock(join(folder, 'lock'), { signal }, async () => {
      if (existsSync(entry)) return;
      prune(folder);
      const buildah = openBuildah(folder, signal);
      const base = pulled ?? (await ensureNodeBase(buildah, folder));
      await build({ buildah, base, folder, entry, env });
    }),
  );
  const now = new Date();
  utimesSync(entry, now, now);
  const known: Omit<BuiltImage, 'rootfs'> = JSON.parse(readFileSync(join(entry, 'image.json'), 'utf8'));
  return { ...known, rootfs: join(entry, 'rootfs') };
}

interface Build {
  readonly buildah: Buildah;
  readonly base: string;
  readonly folder: string;
  readonly entry: string;
  readonly env: NodeJS.ProcessEnv;
}

async function build({ buildah, base, folder, entry, env }: Build): Promise<void> {
  const started = performance.now();
  const work = mkdtempSync(join(folder, 'unfinished-'));
  // Not in the cache: it holds what opens a registry.
  const secretsFolder = mkdtempSync(join(tmpdir(), 'npm-'));
  try {
    await buildah.build({
      dockerfile: join(repository, 'Dockerfile'),
      context: repository,
      tag,
      arguments: { NODE_IMAGE: base },
      secrets: await npmSecrets(secretsFolder, env),
    });
    const buildSeconds = Math.round((performance.now() - started) / 1000);
    const layout = join(work, 'layout');
    await buildah.push(tag, layout);
    await buildah.remove(tag);
    const { config, architecture, layers, compressedBytes } = readLayout(layout);
    const rootfs = join(work, 'rootfs');
    mkdirSync(rootfs);
    const files: ImageFile[] = [];
    for (const layer of layers) {
      files.push(...(await listLayer(layer)));
      await runCommand('tar', ['--extract', '--file', layer, '--directory', rootfs]);
    }
    rmSync(layout, { recursive: true });
    // The lab's runtime gives each container a /tmp of its own, and cannot where the image's is in the way.
    rmdirSync(join(rootfs, 'tmp'));
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const known = { config, architecture, files, bytes, compressedBytes, buildSeconds };
    writeFileSync(join(work, 'image.json'), JSON.stringify(known));
    renameSync(work, entry);
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(secretsFolder, { recursive: true });
  }
}

/** Changes exactly when the image may. */
function contentKey(base: string): string {
  const hash = createHash('sha256').update(`${base}\0`);
  const builders = readdirSync(import.meta.dirname).map((file) => join('test/image/build', file));
  for (const file of [...inputs, ...builders].flatMap(filesOf).toSorted()) {
    const content = readFileSync(join(repository, file));
    hash.update(`${file}\0${String(content.length)}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

function filesOf(path: string): readonly string[] {
  const full = join(repository, path);
  if (statSync(full).isFile()) return [path];
  return readdirSync(full, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(join(repository, name)).isFile());
}

/** Builds that others were used after, and what an interrupted one left. For the holder of the lock only. */
function prune(folder: string): void {
  const names = readdirSync(folder);
  const usedAt = (name: string): number => statSync(join(folder, name)).mtimeMs;
  const builds = names.filter((name) => name.startsWith('built-')).toSorted((a, b) => usedAt(b) - usedAt(a));
  const interrupted = names.filter((name) => name.startsWith('unfinished-'));
  for (const name of [...builds.slice(keepBuilds), ...interrupted]) {
    rmSync(join(folder, name), { recursive: true, force: true });
  }
}
