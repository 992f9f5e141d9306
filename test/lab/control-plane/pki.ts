/** Keys and certificates of one control plane, made by `lab-node pki`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from '../api/api-client.ts';
import { runCommand } from '../process/run-command.ts';

export interface Pki {
  /** Path of a file of the set: `ca.crt`, `apiserver.key`, `sa.pub` … */
  file(name: string): string;
  /** Credentials of a client certificate that is there. */
  credentials(name: string): Credentials;
  /** Makes a client certificate signed by the cluster's CA. `name` is its file name, `organization` its group. */
  issue(name: string, commonName: string, organization?: string): Promise<Credentials>;
}

export async function createPki(labNode: string, dir: string): Promise<Pki> {
  await runCommand(labNode, ['pki', 'init', dir]);
  const file = (name: string): string => join(dir, name);
  const credentials = (name: string): Credentials => ({
    ca: readFileSync(file('ca.crt'), 'utf8'),
    cert: readFileSync(file(`${name}.crt`), 'utf8'),
    key: readFileSync(file(`${name}.key`), 'utf8'),
  });
  return {
    file,
    credentials,
    issue: async (name, commonName, organization) => {
      await runCommand(labNode, [
        'pki',
        'client',
        dir,
        name,
        commonName,
        ...(organization ? [organization] : []),
      ]);
      return credentials(name);
    },
  };
}
