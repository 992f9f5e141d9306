/** How to reach the API server and who we are: from kubeconfig, or from the Pod's own mounted files. */
import { createHash } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import type { Clock } from '../../ports/clock.ts';

export interface Access {
  readonly server: URL;
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Credentials {
  /** Throws what reading certificate or token files throws. */
  readonly access: () => Promise<Access>;
  /** The server did not accept them: the next `access` loads everything anew, whatever its age. */
  readonly refused: () => void;
  readonly close: () => void;
}

/** Tokens and certificates rotate in files: how old what we read from them may be, in milliseconds. */
const freshFor = 10_000;
/** Below the server's own idle limit of 90 s, so that we rarely write into a connection that it is closing. */
const idleLimit = 60_000;

/** Throws if the configuration names no cluster. `load` is called again when the server refuses what it gave. */
export function createCredentials(load: () => KubeConfig, clock: Clock): Credentials {
  let config = load();
  let fingerprint = '';
  let agent: http.Agent | undefined;
  let last: { readonly access: Access; readonly at: number } | undefined;
  let stale = false;

  const read = async (): Promise<Access> => {
    if (stale) config = load();
    const cluster = config.getCurrentCluster();
    if (cluster === null) throw new Error('The kubeconfig names no current cluster');
    const headers: Record<string, string> = {};
    const options: https.RequestOptions = { headers };
    await config.applyToHTTPSOptions(options);
    if (typeof options.auth === 'string') {
      headers['Authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    }
    // A projected token file may end in a line break, which no header may hold.
    for (const [name, value] of Object.entries(headers)) headers[name] = value.trim();
    const server = new URL(cluster.server);
    const next = fingerprintOf(server, options);
    if (agent === undefined || next !== fingerprint) {
      // Streams that run over the former agent go on; its idle connections end by themselves.
      agent = newAgent(server, options, cluster.proxyUrl !== undefined);
      fingerprint = next;
    }
    stale = false;
    return { server, agent, headers };
  };

  return {
    access: async () => {
      const now = clock.monotonic();
      if (last !== undefined && !stale && now - last.at < freshFor) return last.access;
      const access = await read();
      last = { access, at: now };
      return access;
    },
    refused: () => {
      stale = true;
    },
    close: () => agent?.destroy(),
  };
}

function newAgent(server: URL, options: https.RequestOptions, proxied: boolean): http.Agent {
  // The client library knows the kinds of proxies.
  if (proxied && options.agent instanceof http.Agent) return options.agent;
  const common = { keepAlive: true, timeout: idleLimit, scheduling: 'lifo' } as const;
  if (server.protocol === 'http:') return new http.Agent(common);
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return new https.Agent({
    ...common,
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(servername !== undefined && { servername }),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
  });
}

function fingerprintOf(server: URL, { ca, cert, key, servername }: https.RequestOptions): string {
  const hash = createHash('sha256').update(server.href);
  hash.update(JSON.stringify([ca, cert, key, servername]));
  return hash.digest('hex');
}
