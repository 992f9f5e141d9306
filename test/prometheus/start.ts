/** A real Prometheus on loopback that scrapes one exporter: this process, whose numbers a test sets. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../lab/process/until.ts';
import { ensurePrometheus } from './ensure.ts';

export interface Prometheus {
  readonly url: string;
  /** Sets the number of a metric, and waits until Prometheus has it. Over plain http. */
  set(metric: string, value: number): Promise<void>;
  close(): Promise<void>;
}

/** PEM of the certificate that it serves with; plain http without. */
export interface ServerPair {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

export async function startPrometheus(pair?: ServerPair): Promise<Prometheus> {
  const program = await ensurePrometheus();
  const numbers = new Map<string, number>();
  const exporter = http.createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end([...numbers].map(([name, value]) => `${name} ${value}\n`).join(''));
  });
  const target = await listen(exporter);
  const dir = mkdtempSync(join(tmpdir(), 'container-os-prometheus-'));
  const config = join(dir, 'prometheus.yml');
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '200ms', scrape_timeout: '200ms' },
      scrape_configs: [{ job_name: 'test', static_configs: [{ targets: [`127.0.0.1:${target}`] }] }],
    }),
  );
  const web = join(dir, 'web.yml');
  if (pair !== undefined) {
    writeFileSync(join(dir, 'cert.pem'), pair.cert);
    writeFileSync(join(dir, 'key.pem'), pair.key);
    writeFileSync(web, JSON.stringify({ tls_server_config: { cert_file: 'cert.pem', key_file: 'key.pem' } }));
  }
  const port = await freePort();
  const child = spawn(
    program,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(dir, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
      ...(pair === undefined ? [] : [`--web.config.file=${web}`]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let words = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const url = `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    }
    exporter.closeAllConnections();
    exporter.close();
    rmSync(dir, { recursive: true, force: true });
  };
  const ready = async (): Promise<true | undefined> => {
    if (child.exitCode !== null) throw new Error(`Prometheus has ended: ${words}`);
    // TLS is not what this waits for.
    return (await connects(port)) ? true : undefined;
  };
  try {
    await until('Prometheus listens', ready, { withinMs: 30_000, everyMs: 50 });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    set: async (metric, value) => {
      numbers.set(metric, value);
      const has = async (): Promise<true | undefined> => {
        const answer = await fetch(`${url}/api/v1/query?query=${metric}`);
        return (await answer.text()).includes(`,"${value}"]`) ? true : undefined;
      };
      await until(`Prometheus to have scraped ${metric} ${value}`, has, { withinMs: 30_000 });
    },
    close,
  };
}

async function listen(server: http.Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePort(): Promise<number> {
  const server = http.createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port, path: '/-/ready', agent: false });
    request.on('response', (response) => {
      response.resume();
      // Over TLS it answers 400 to plain http.
      resolve(response.statusCode === 200 || response.statusCode === 400);
    });
    request.on('error', () => resolve(false));
  });
}
