/** This machine's way to its npm registry, for a build that sees nothing of this machine: as secrets, which no layer keeps. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { runCommand } from '../../lab/process/run-command.ts';

/** Effective values that a build needs as well; all others are about this machine's folders and habits. */
const shared = ['registry', 'proxy', 'https-proxy', 'noproxy', 'strict-ssl'] as const;
/** Lines of a user's file that no `npm config` shows, and registries of scopes. */
const credentials = /^\s*(\/\/|@[^:]+:registry\s*=|_auth)/;
/** Where the Dockerfile mounts the authorities. */
const authorities = '/run/secrets/npm-ca';

/** Writes them to `folder`, which only we may read. Answers secret name -> file. */
export async function npmSecrets(folder: string, env: NodeJS.ProcessEnv): Promise<Record<string, string>> {
  const { stdout } = await runCommand('npm', ['config', 'list', '--long', '--json'], { env });
  const config: Readonly<Record<string, unknown>> = JSON.parse(stdout);
  const npmrc = join(folder, 'npmrc');
  const certificates = join(folder, 'npm-ca');
  const known = knownAuthorities(config['cafile'], env['NODE_EXTRA_CA_CERTS']);
  const lines = npmrcLines(config, env);
  if (known !== undefined) {
    writeFileSync(certificates, known, { mode: 0o600 });
    lines.push(`cafile=${authorities}`);
  }
  writeFileSync(npmrc, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { npmrc, ...(known !== undefined && { 'npm-ca': certificates }) };
}

function npmrcLines(config: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): string[] {
  const files = [config['globalconfig'], config['userconfig']].filter((file) => typeof file === 'string');
  const told = files
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => credentials.test(line))
    // npm replaces them when it reads the file, and the build has none of our variables.
    .map((line) => line.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => env[name] ?? ''));
  const values = shared.flatMap((key) => {
    const value = config[key];
    const text = Array.isArray(value) ? value.join(',') : value;
    const given = typeof text === 'boolean' || (typeof text === 'string' && text !== '');
    return given ? [`${key}=${String(text)}`] : [];
  });
  return [...told, ...values];
}

/** npm's `cafile` stands in the place of the usual ones, Node's variable adds to them. */
function knownAuthorities(file: unknown, extra: string | undefined): string | undefined {
  if (typeof file === 'string' && file !== '') return readFileSync(file, 'utf8');
  if (extra === undefined || extra === '') return undefined;
  return [...rootCertificates, readFileSync(extra, 'utf8')].join('\n');
}
