/** Kubeconfigs that need no other file. */
import { stringify } from 'yaml';
import type { Credentials } from './api-client.ts';
import { writeFileAtomically } from '../process/write-file-atomically.ts';

const base64 = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

/** The text of a kubeconfig whose only context is `lab`. */
export function kubeconfigText(server: string, user: string, credentials: Credentials): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'lab',
    clusters: [{ name: 'lab', cluster: { server, 'certificate-authority-data': base64(credentials.ca) } }],
    contexts: [{ name: 'lab', context: { cluster: 'lab', user } }],
    users: [
      {
        name: user,
        user: {
          ...(credentials.cert !== undefined && { 'client-certificate-data': base64(credentials.cert) }),
          ...(credentials.key !== undefined && { 'client-key-data': base64(credentials.key) }),
          ...(credentials.token !== undefined && { token: credentials.token }),
        },
      },
    ],
  });
}

export function writeKubeconfig(
  path: string,
  server: string,
  user: string,
  credentials: Credentials,
): string {
  writeFileAtomically(path, kubeconfigText(server, user, credentials), 0o600);
  return path;
}
