/** Reads a kubeconfig that holds its certificates and keys itself, as the lab writes them. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { Credentials } from '../../lab/api/api-client.ts';
import { member } from '../world/audit.ts';

/** @throws Error when the file names no server or no certificate authority. */
export function readKubeconfig(file: string): { readonly server: string; readonly credentials: Credentials } {
  const config: unknown = parse(readFileSync(file, 'utf8'));
  const text = (...path: readonly string[]): string | undefined => {
    const value = member(config, ...path);
    return typeof value === 'string' ? value : undefined;
  };
  const decoded = (...path: readonly string[]): string | undefined => {
    const value = text(...path);
    return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8');
  };
  const server = text('clusters', '0', 'cluster', 'server');
  const ca = decoded('clusters', '0', 'cluster', 'certificate-authority-data');
  if (server === undefined || ca === undefined) throw new Error(`${file} names no server or no authority`);
  const user = ['users', '0', 'user'];
  const [cert, key, token] = [
    decoded(...user, 'client-certificate-data'),
    decoded(...user, 'client-key-data'),
    text(...user, 'token'),
  ];
  return {
    server,
    credentials: {
      ca,
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(token !== undefined && { token }),
    },
  };
}
