/** What happens on machines that cannot build the image, and what of this machine's npm settings reaches a build. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { npmSecrets } from './build/npm-secrets.ts';
import { missingImageTool } from './build/tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tools-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const put = (name: string, text = ''): string => {
  const file = join(folder, name);
  writeFileSync(file, text, { mode: 0o755 });
  return file;
};

describe('scripts/ensure-image-tools.sh', () => {
  const script = join(import.meta.dirname, '../../scripts/ensure-image-tools.sh');
  const run = (env: Readonly<Record<string, string>>) => {
    const { status, stderr } = spawnSync('/bin/sh', [script], {
      env: { PATH: folder, ...env },
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  const sentence = /^The tests of the image need buildah, and this machine has no apt-get: install it .*\n$/;

  it('says in one sentence what to install where it cannot, and lets a person go on', () => {
    expect(run({})).toEqual({ status: 0, stderr: expect.stringMatching(sentence) });
  });

  it('ends a run in CI', () => {
    expect(run({ CI: 'true' })).toEqual({ status: 1, stderr: expect.stringMatching(sentence) });
  });

  it('installs nothing as somebody who is not root, and asks no sudo outside CI', () => {
    put('apt-get', '#!/bin/sh\necho installed >&2');
    put('id', '#!/bin/sh\necho 1000');
    put('sudo', '#!/bin/sh\nexit 0');
    expect(run({})).toEqual({ status: 0, stderr: expect.stringContaining('and only root may install it') });
  });

  it('installs it as root, with new lists where the old ones do not do', () => {
    put('id', '#!/bin/sh\necho 0');
    put('env', '#!/bin/sh\nshift\nexec "$@"');
    put(
      'apt-get',
      `#!/bin/sh\necho "$*" >> ${folder}/asked\n[ "$1" = update ] && echo > ${folder}/lists\n[ -e ${folder}/lists ]\n`,
    );
    expect(run({ CI: 'true' })).toEqual({ status: 0, stderr: 'Installing buildah\n' });
    const install = expect.stringMatching(/^install .* --no-install-recommends buildah uidmap$/);
    const asked = readFileSync(join(folder, 'asked'), 'utf8').trim().split('\n');
    expect(asked).toEqual([install, 'update --quiet', install]);
  });

  it('ends a run in CI where it cannot be installed', () => {
    put('id', '#!/bin/sh\necho 0');
    put('env', '#!/bin/sh\nshift\nexec "$@"');
    put('apt-get', '#!/bin/sh\necho no network >&2\nexit 100');
    const { status, stderr } = run({ CI: 'true' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/no network\n[\s\S]*and apt-get could not install it/);
  });

  it('says nothing where all is there', () => {
    put('buildah');
    expect(run({ CI: 'true' })).toEqual({ status: 0, stderr: '' });
  });
});

describe('missingImageTool', () => {
  it('needs buildah, and apt-get unless a base is named', () => {
    const env = { PATH: `/no/such/folder:${folder}` };
    expect(missingImageTool(env)).toContain('needs buildah');
    put('buildah');
    expect(missingImageTool(env)).toContain('set NODE_IMAGE');
    expect(missingImageTool({ ...env, NODE_IMAGE: 'registry.example.com/node' })).toBeUndefined();
    put('apt-get');
    expect(missingImageTool(env)).toBeUndefined();
  });
});

describe('npmSecrets', () => {
  const secretsOf = async (npmrc: string, env: Readonly<Record<string, string>>) => {
    const userconfig = put('their-npmrc', npmrc);
    // No setting of whoever runs the tests.
    const clean = Object.entries(process.env).filter(
      ([name]) => !/^npm_config_|^NODE_EXTRA_CA_CERTS$/i.test(name),
    );
    const own = { npm_config_userconfig: userconfig, npm_config_globalconfig: join(folder, 'none') };
    const files = await npmSecrets(folder, { ...Object.fromEntries(clean), ...own, ...env });
    const read = (name: string): string | undefined => {
      const file = files[name];
      if (file === undefined) return undefined;
      expect(statSync(file).mode & 0o077).toBe(0);
      return readFileSync(file, 'utf8');
    };
    return { npmrc: (read('npmrc') ?? '').trim().split('\n'), authorities: read('npm-ca') };
  };

  it('takes registries, what opens them, and the way to them, and nothing of this machine', async () => {
    const told = await secretsOf(
      [
        'registry=https://npm.example.com/all/',
        '@mine:registry=https://npm.example.com/mine/',
        // oxlint-disable-next-line no-template-curly-in-string -- npm's own form
        '//npm.example.com/:_authToken=${NPM_TOKEN}',
        'prefix=/opt/mine',
        'cache=/somewhere',
        'https-proxy=http://proxy.example.com:3128/',
      ].join('\n'),
      { NPM_TOKEN: 'secret' },
    );
    expect(told).toEqual({
      npmrc: [
        '@mine:registry=https://npm.example.com/mine/',
        '//npm.example.com/:_authToken=secret',
        'registry=https://npm.example.com/all/',
        'https-proxy=http://proxy.example.com:3128/',
        'strict-ssl=true',
      ],
      authorities: undefined,
    });
  }, 30_000);

  it("takes npm's own certificate authorities in the place of the usual ones", async () => {
    const told = await secretsOf(`cafile=${put('ca.pem', 'one authority')}`, {});
    expect(told.authorities).toBe('one authority');
    expect(told.npmrc).toContain('cafile=/run/secrets/npm-ca');
  }, 30_000);

  it("adds those of Node's variable to the usual ones", async () => {
    const told = await secretsOf('', { NODE_EXTRA_CA_CERTS: put('extra.pem', 'one more') });
    expect(told.authorities).toMatch(/^-----BEGIN CERTIFICATE-----[\s\S]*\none more$/);
    expect(told.npmrc).toContain('cafile=/run/secrets/npm-ca');
  }, 30_000);
});
