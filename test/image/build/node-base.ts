/**
 * The stand-in for the official image of Node.js, which cannot be pulled everywhere: Debian's own packages, with the Node that this
 * project pins and npm where that image has them.
 */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lab/process/run-command.ts';
import type { Buildah } from './buildah.ts';

/** What the official image has and our Dockerfile may use. apt adds what these depend on. */
const packages = [
  'base-files',
  'bash',
  'coreutils',
  'dash',
  'grep',
  'libatomic1',
  'libc-bin',
  'libstdc++6',
  'sed',
  'util-linux',
];
/** Of the line that comes with Node.js 26. */
const npm = 'npm@11.21.2';
const repository = 'localhost/containeros-node-base';
/** Everywhere in Debian `/bin` is `/usr/bin`, but its packages may still say `/bin`. */
const merged = ['bin', 'sbin', 'lib', 'lib64'];
const unused = ['usr/share/doc', 'usr/share/man', 'usr/share/locale', 'usr/share/info'];
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The stand-in's name in the store, and what it is made from: another name means another content. */
export function nodeBaseName(): string {
  const hash = createHash('sha256');
  for (const input of [import.meta.filename, '/etc/os-release']) hash.update(readFileSync(input));
  hash.update(`${process.version} ${process.arch}`);
  return `${repository}:${hash.digest('hex').slice(0, 16)}`;
}

/** Makes it where it is missing. @throws CommandError, for instance where there is no apt-get. */
export async function ensureNodeBase(buildah: Buildah, folder: string): Promise<string> {
  const name = nodeBaseName();
  const images = await buildah.images();
  if (images.includes(name)) return name;
  const work = mkdtempSync(join(folder, 'unfinished-'));
  try {
    const root = join(work, 'root');
    for (const archive of await debianArchives(work)) await unpack(archive, root);
    for (const one of unused) rmSync(join(root, one), { recursive: true, force: true });
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    copyFileSync(process.execPath, join(root, 'usr/local/bin/node'));
    await putNpm(work, root);
    const dockerfile = join(work, 'Dockerfile');
    writeFileSync(dockerfile, `FROM scratch\nCOPY root/ /\nENV PATH=${path}\n`);
    await buildah.build({ dockerfile, context: work, tag: name });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const old of images.filter((image) => image.startsWith(`${repository}:`))) await buildah.remove(old);
  return name;
}

/** Downloads the packages and all that they need, as onto a machine that has nothing. It needs no root and touches nothing of apt's. */
async function debianArchives(work: string): Promise<readonly string[]> {
  const archives = join(work, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  // Of its own, because a machine's lists may be missing, or name what is gone.
  mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
  writeFileSync(join(work, 'nothing-is-installed'), '');
  const options = {
    'Dir::State::status': join(work, 'nothing-is-installed'),
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache::archives': archives,
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    // The user that apt downloads as may not write here.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': '1',
  };
  const apt = async (...args: readonly string[]): Promise<void> => {
    const settings = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    await runCommand('apt-get', ['-qq', ...settings, ...args]);
  };
  await apt('update');
  await apt('--no-install-recommends', '--download-only', '--yes', 'install', ...packages);
  const files = readdirSync(archives).filter((file) => file.endsWith('.deb'));
  return files.toSorted().map((file) => join(archives, file));
}

async function unpack(archive: string, root: string): Promise<void> {
  for (const name of merged) {
    mkdirSync(join(root, 'usr', name), { recursive: true });
    rmSync(join(root, name), { force: true });
    symlinkSync(`usr/${name}`, join(root, name));
  }
  const script = 'dpkg-deb --fsys-tarfile "$1" | tar --extract --keep-directory-symlink --directory "$2"';
  await runCommand('bash', ['-o', 'pipefail', '-c', script, 'unpack', archive, root]);
}

async function putNpm(work: string, root: string): Promise<void> {
  await runCommand('npm', ['pack', npm, '--silent', '--pack-destination', work]);
  const folder = join(root, 'usr/local/lib/node_modules/npm');
  mkdirSync(folder, { recursive: true });
  const archive = join(work, `${npm.replace('@', '-')}.tgz`);
  await runCommand('tar', ['--extract', '--file', archive, '--strip-components', '1', '--directory', folder]);
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}
