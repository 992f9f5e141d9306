/**
 * The part of 127.0.0.0/8 that one lab has for itself. Every address in it is loopback on Linux without any set-up, so each
 * node gets a /24 and each Pod an address of its own, and two labs beside each other take different second octets.
 */
import { createServer } from 'node:net';
import type { Server } from 'node:net';

export interface Loopback {
  /** The lab's second octet: its nodes are 127.<octet>.<n>.0/24. */
  readonly octet: number;
  /** A free TCP port of 127.0.0.1, outside the range that outgoing connections take theirs from; each time another one. */
  port(): Promise<number>;
  release(): Promise<void>;
}

const firstOctet = 20;
const lastOctet = 250;
/** The port whose bind on 127.<octet>.255.254 means "this octet is taken". The kernel frees it however the lab ends. */
const claimPort = 20_999;
const firstPort = 21_000;
const portsPerLab = 32;

/**
 * @param start where to begin looking, any whole number from 0; labs that begin at different places seldom meet.
 * @throws Error when every octet is taken.
 */
export async function reserveLoopback(start: number): Promise<Loopback> {
  const span = lastOctet - firstOctet + 1;
  for (let i = 0; i < span; i++) {
    const octet = firstOctet + ((start + i) % span);
    const claim = await bind(`127.${String(octet)}.255.254`, claimPort);
    if (claim === undefined) continue;
    const base = firstPort + (octet - firstOctet) * portsPerLab;
    let next = base;
    return {
      octet,
      port: async () => {
        while (next < base + portsPerLab) {
          const port = next++;
          const probe = await bind('127.0.0.1', port);
          if (probe === undefined) continue;
          await closed(probe);
          return port;
        }
        throw new Error(`No free port is left from ${String(base)} to ${String(next - 1)}`);
      },
      release: () => closed(claim),
    };
  }
  throw new Error('Every loopback range is taken: are there more than 200 labs running?');
}

async function bind(host: string, port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => {
      // The claim alone must not keep a finished program alive.
      server.unref();
      resolve(server);
    });
  });
}

async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
