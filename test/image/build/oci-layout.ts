/** An image as `buildah push … oci:` leaves it: what a registry would hold. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lab/process/run-command.ts';

/** The configuration that a container runtime reads. */
export interface ImageConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

export interface ImageFile {
  /** Without a slash at either end. */
  readonly path: string;
  /** As `ls -l` writes it. */
  readonly mode: string;
  /** `uid/gid`. */
  readonly owner: string;
  readonly bytes: number;
}

export interface Layout {
  readonly config: ImageConfig;
  readonly architecture: string;
  /** Files of the layers, lowest first. */
  readonly layers: readonly string[];
  /** Of the layers as they are pulled. */
  readonly compressedBytes: number;
}

interface Descriptor {
  readonly digest: string;
}

export function readLayout(folder: string): Layout {
  const blob = ({ digest }: Descriptor): string => join(folder, 'blobs', digest.replace(':', '/'));
  const read = <T>(file: string): T => {
    const value: T = JSON.parse(readFileSync(file, 'utf8'));
    return value;
  };
  const { manifests } = read<{ manifests: readonly Descriptor[] }>(join(folder, 'index.json'));
  const [only, ...others] = manifests;
  if (only === undefined || others.length > 0) throw new Error(`${folder} holds not exactly one image`);
  const manifest = read<{ config: Descriptor; layers: readonly Descriptor[] }>(blob(only));
  const image = read<{ config: ImageConfig; architecture: string }>(blob(manifest.config));
  const layers = manifest.layers.map(blob);
  const compressedBytes = layers.reduce((sum, file) => sum + statSync(file).size, 0);
  return { config: image.config, architecture: image.architecture, layers, compressedBytes };
}

/** Every entry of a layer, with the owners that the image has, whoever unpacks it. */
export async function listLayer(layer: string): Promise<readonly ImageFile[]> {
  const { stdout } = await runCommand('tar', ['--list', '--verbose', '--numeric-owner', '--file', layer]);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, mode = '', owner = '', bytes = '', name = ''] =
        /^(\S+)\s+(\S+)\s+(\d+)\s+\S+\s+\S+\s+(.+)$/.exec(line) ?? [];
      if (name === '') throw new Error(`tar lists what cannot be read: ${line}`);
      return { path: name.replace(/^\.?\//, '').replace(/\/$/, ''), mode, owner, bytes: Number(bytes) };
    });
}
