/** A listening Unix socket whose file can be removed (a clean stop) or left behind dead (a killed process). */
import { chmod, chown, mkdir, open, rename, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { basename, dirname, join } from 'node:path';

/** The kernel's limit for a socket address, without the closing zero byte. */
const longestAddress = 107;

export interface SocketFile {
  /** Forgets the address: connects fail with ENOENT from now on. */
  remove(): Promise<void>;
  /** Gives back what listening needed. Call it after the server is closed. */
  release(): Promise<void>;
}

export interface SocketOwner {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Makes `server` listen at `path`. The socket is bound under another name and renamed: so it appears in one step, replaces
 * a dead one, and libuv, which unlinks the name it bound, leaves the file alone when the server closes.
 * Throws what bind or rename throw, EISDIR where a directory is in the way.
 */
export async function listenAt(server: Server, path: string, owner: SocketOwner): Promise<SocketFile> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true });
  const handle = await open(folder, 'r');
  const bound = `.${basename(path)}.new`;
  // An address through the open folder is short however long the path is.
  const address =
    join(folder, bound).length > longestAddress ? `/proc/self/fd/${handle.fd}/${bound}` : join(folder, bound);
  try {
    await rm(join(folder, bound), { force: true });
    await listening(server, address);
    await chmod(join(folder, bound), owner.mode);
    if (process.getuid?.() === 0) await chown(join(folder, bound), owner.uid, owner.gid);
    await rename(join(folder, bound), path);
  } catch (error) {
    server.close();
    await rm(join(folder, bound), { force: true });
    await handle.close();
    throw error;
  }
  return {
    remove: () => rm(path, { force: true }),
    release: () => handle.close(),
  };
}

function listening(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
