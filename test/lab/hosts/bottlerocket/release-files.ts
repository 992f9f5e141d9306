/** The files of a Bottlerocket root that name the release and the boot. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from '../host.ts';
import { buildID, prettyName } from './os-endpoint.ts';
import type { UpdateImage } from './update-status.ts';

export async function writeRelease(machine: Machine, image: UpdateImage): Promise<void> {
  const text = [
    'NAME=Bottlerocket',
    'ID=bottlerocket',
    `VERSION="${image.version} (${image.variant})"`,
    `PRETTY_NAME="${prettyName(image)}"`,
    `VARIANT_ID=${image.variant}`,
    `VERSION_ID=${image.version}`,
    `BUILD_ID=${buildID(image.version)}`,
    '',
  ].join('\n');
  await place(machine.root, 'usr/lib/os-release', text);
  await place(machine.root, 'etc/os-release', text);
  await place(machine.root, 'proc/sys/kernel/random/boot_id', `${machine.bootID()}\n`);
}

async function place(root: string, path: string, text: string): Promise<void> {
  await mkdir(join(root, path, '..'), { recursive: true });
  await writeFile(join(root, path), text);
}
