/** The root file system of a COS host, as far as anybody looks at it. */
import { chmod, copyFile, link, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CosFaults } from './faults.ts';
import { milestone } from './milestones.ts';

const tools = ['update_engine_client', 'systemctl', 'journalctl'] as const;
const releaseFile = 'etc/os-release';
const secureBootMark = 'mnt/stateful_partition/.secure_boot';

/** The tools are one program; a chroot needs it inside, so it is copied once and linked. */
export async function installTools(root: string, hostTool: string): Promise<void> {
  const folder = join(root, 'usr/bin');
  await mkdir(folder, { recursive: true });
  const [first, ...others] = tools.map((tool) => join(folder, tool));
  if (first === undefined) return;
  for (const path of [first, ...others]) await rm(path, { force: true });
  await copyFile(hostTool, first);
  await chmod(first, 0o755);
  for (const path of others) await link(first, path);
}

export interface RootFacts {
  readonly build: string;
  readonly bootID: string;
  readonly architecture: 'amd64' | 'arm64';
  readonly faults: CosFaults;
}

/** Writes what a boot of this build shows. What is on the stateful partition stays, but for the mark of Secure Boot. */
export async function writeRoot(root: string, facts: RootFacts): Promise<void> {
  await rm(join(root, 'run'), { recursive: true, force: true });
  await mkdir(join(root, 'run/lab'), { recursive: true });
  await mkdir(join(root, 'mnt/stateful_partition'), { recursive: true });
  await place(root, 'etc/lsb-release', lsbRelease(facts));
  await place(root, 'proc/sys/kernel/random/boot_id', `${facts.bootID}\n`);
  await writeChangeable(root, facts);
}

/** The files that faults can change while the host runs. */
export async function writeChangeable(
  root: string,
  facts: Pick<RootFacts, 'build' | 'faults'>,
): Promise<void> {
  const { faults } = facts;
  if (faults.releaseFile === 'Missing') await rm(join(root, releaseFile), { force: true });
  else await place(root, releaseFile, osRelease(facts));
  const mask = faults.cmdlineMask === true ? ' systemd.mask=update-engine.service' : '';
  await place(root, 'proc/cmdline', `init=/usr/lib/systemd/systemd ro cros_efi security=apparmor${mask}\n`);
  const secure = faults.secureBoot === true || faults.unit === 'SecureBoot';
  if (secure) await place(root, secureBootMark, '');
  else await rm(join(root, secureBootMark), { force: true });
}

async function place(root: string, path: string, text: string): Promise<void> {
  const full = join(root, path);
  await mkdir(dirname(full), { recursive: true });
  await writeFile(full, text);
}

function osRelease({ build, faults }: Pick<RootFacts, 'build' | 'faults'>): string {
  const quotes = faults.osReleaseQuotes ?? 'Mixed';
  const all: readonly (readonly [string, string])[] = [
    ['NAME', 'Container-Optimized OS'],
    ['ID', faults.releaseFile === 'OtherSystem' ? 'ubuntu' : 'cos'],
    ['PRETTY_NAME', 'Container-Optimized OS from Google'],
    ['HOME_URL', 'https://cloud.google.com/container-optimized-os/docs'],
    ['GOOGLE_METRICS_PRODUCT_ID', '26'],
    ['GOOGLE_CRASH_ID', 'Lakitu'],
    ['KERNEL_COMMIT_ID', '0'.repeat(40)],
    ['VERSION', milestone(build)],
    ['VERSION_ID', milestone(build)],
    ['BUILD_ID', build],
  ];
  const fields = all.filter(([key]) => key !== 'BUILD_ID' || faults.releaseFile !== 'NoBuild');
  const quoted = (value: string): boolean => quotes === 'All' || (quotes === 'Mixed' && /[ :]/.test(value));
  return fields.map(([key, value]) => `${key}=${quoted(value) ? `"${value}"` : value}\n`).join('');
}

function lsbRelease({ build, architecture }: RootFacts): string {
  const board = architecture === 'arm64' ? 'lakitu-arm64' : 'lakitu';
  return [
    'CHROMEOS_AUSERVER=https://tools.google.com/service/update2',
    `CHROMEOS_RELEASE_BOARD=${board}`,
    'CHROMEOS_RELEASE_TRACK=stable-channel',
    `CHROMEOS_RELEASE_VERSION=${build}`,
    `CHROMEOS_RELEASE_CHROME_MILESTONE=${milestone(build)}`,
    '',
  ].join('\n');
}
