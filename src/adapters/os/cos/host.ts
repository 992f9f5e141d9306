/** The host under a COS task: its files and its own programs. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostCommand, type HostCommand } from './host-command.ts';
import type { CosOptions } from './options.ts';

export interface CosHost {
  /** Undefined where the file is not there. Throws for any other failure. */
  readonly readText: (path: string) => Promise<string | undefined>;
  readonly exists: (path: string) => Promise<boolean>;
  readonly command: HostCommand;
}

/** `namespaceOf` is for tests: the host's first process is not theirs to enter. */
export function createCosHost(
  hostRoot: string,
  how: CosOptions['hostCommand'],
  namespaceOf?: number,
): CosHost {
  return {
    readText: (path) => unlessAbsent(readFile(join(hostRoot, path), 'utf8')),
    exists: async (path) => (await unlessAbsent(access(join(hostRoot, path)).then(() => true))) === true,
    command: createHostCommand(hostRoot, how, namespaceOf),
  };
}

async function unlessAbsent<Value>(read: Promise<Value>): Promise<Value | undefined> {
  try {
    return await read;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
