/** What is in the image, and nothing besides. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { contentsOf, nodeTaskBundle, operatorBundle, releaseBundle } from '../../scripts/build/bundle.ts';
import { type BuiltImage, ensureImage } from './build/ensure-image.ts';
import { describeImage } from './describe-image.ts';

const repository = join(import.meta.dirname, '../..');
const mega = 1024 * 1024;

describeImage('the image', () => {
  let image: BuiltImage;
  const paths = (): string[] => image.files.map(({ path }) => path);
  beforeAll(async () => {
    image = await ensureImage();
  }, 600_000);

  it('runs the operator as an unprivileged user when nothing else is said', () => {
    expect(image.config).toMatchObject({
      User: '65532:65532',
      WorkingDir: '/app',
      Entrypoint: ['/nodejs/bin/node'],
      Cmd: ['/app/operator.js'],
      Env: expect.arrayContaining(['NODE_ENV=production']),
    });
  });

  it('says what it is', () => {
    expect(image.config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'container-os-operator',
      'org.opencontainers.image.description': expect.stringContaining('operating-system upgrades'),
      'org.opencontainers.image.licenses': 'Apache-2.0',
    });
  });

  it('holds the three programs, Node, the two that enter a host, their libraries, and nothing else', () => {
    const library = /^(usr\/)?lib(64)?\/([\w-]+\/)?(lib[\w+-]+|ld-linux[\w-]*)\.so(\.\d+)*$/;
    const files = image.files.filter(({ mode }) => !mode.startsWith('d'));
    expect(files.flatMap(({ path }) => (library.test(path) ? [] : [path])).toSorted()).toEqual([
      'app/node-task.js',
      'app/operator.js',
      'app/package.json',
      'app/release.js',
      'etc/group',
      'etc/passwd',
      'nodejs/bin/node',
      'usr/bin/nsenter',
      'usr/sbin/chroot',
    ]);
    const libraries = files.filter(({ path }) => library.test(path));
    expect(libraries.length).toBeGreaterThan(4);
    expect(libraries.length).toBeLessThan(20);
  });

  it('has no shell and no package manager', () => {
    const unwanted = /(^|\/)(sh|bash|dash|busybox|npm|npx|corepack|apt|apt-get|dpkg|env|cat)$/;
    expect(paths().filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('holds regular files of root that nobody else may write, and no program that gives rights', () => {
    // Only what every user writes to is open: a runtime may mount something there, and no Pod of ours lets anybody write.
    const open = image.files.filter(({ path }) => path !== 'tmp');
    expect(open.filter(({ owner }) => owner !== '0/0')).toEqual([]);
    expect(open.filter(({ mode }) => !/^[-d]r[w-][x-]r-[x-]r-[x-]$/.test(mode))).toEqual([]);
    expect(image.files.find(({ path }) => path === 'tmp')).toMatchObject({
      mode: 'drwxrwxrwt',
      owner: '0/0',
    });
  });

  it('holds the very programs that a build on this machine gives', async () => {
    for (const bundle of [operatorBundle, nodeTaskBundle, releaseBundle]) {
      const name = bundle.outfile.replace('dist/', '');
      const { outputs } = await contentsOf(repository, bundle);
      const inImage = readFileSync(join(image.rootfs, 'app', name));
      expect({ name, bytes: inImage.length }).toEqual({ name, bytes: outputs[bundle.outfile]?.bytes });
      // What differs by where it is built would make two images of one state.
      expect(inImage.includes(repository)).toBe(false);
      expect(inImage.includes('/src/node_modules')).toBe(false);
    }
  }, 60_000);

  it('is not larger than Node and a little', () => {
    const node = image.files.find(({ path }) => path === 'nodejs/bin/node')?.bytes ?? 0;
    // The libraries take 7 MB, the bundles 13: a fourth program or a copy of node_modules would show.
    expect(image.bytes - node).toBeLessThan(24 * mega);
    // Every node pulls it for its first task.
    expect(image.compressedBytes).toBeLessThan(70 * mega);
  });

  it('leaves nothing of the way to the registry in its files or its configuration', () => {
    expect(paths().filter((path) => /npmrc|secrets|npm-ca/.test(path))).toEqual([]);
    expect(JSON.stringify(image.config)).not.toMatch(/npmrc|registry|cafile|_auth/i);
  });
});
