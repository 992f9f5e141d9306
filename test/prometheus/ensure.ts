/** The real Prometheus: the program that PROMETHEUS names, or the machine's own, or the one of Debian's package, unpacked and not installed. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { projectCache } from '../lab/build/cache.ts';
import { runCommand } from '../lab/process/run-command.ts';

/** Needs no root, and touches nothing of apt's. @throws CommandError, for instance where there is no apt-get. */
export async function ensurePrometheus(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const own = env['PROMETHEUS'] ?? onPath('prometheus', env);
  if (own !== undefined) return own;
  const folder = join(projectCache(env), 'prometheus');
  const program = join(folder, 'usr/bin/prometheus');
  if (existsSync(program)) return program;
  mkdirSync(projectCache(env), { recursive: true });
  const work = mkdtempSync(`${folder}-unfinished-`);
  try {
    await download(work);
    const archive = readdirSync(work).find((file) => file.endsWith('.deb')) ?? '';
    await runCommand('dpkg-deb', ['--extract', join(work, archive), join(work, 'root')]);
    // Whoever was first wins: what they have is the same.
    if (!existsSync(program)) renameSync(join(work, 'root'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return program;
}

async function download(work: string): Promise<void> {
  // Lists of its own, because a machine's may be missing, or name what is gone.
  mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
  const settings = Object.entries({
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    // The user that apt downloads as may not write here.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': '1',
  }).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
  await runCommand('apt-get', ['-qq', ...settings, 'update'], { cwd: work });
  await runCommand('apt-get', ['-qq', ...settings, 'download', 'prometheus'], { cwd: work });
}

function onPath(program: string, { PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  return PATH.split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
