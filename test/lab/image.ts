/** The operator's image as the lab's runtime takes it: a folder with the files of the real image, and its configuration. */
import { copyFileSync, existsSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from './process/attempt.ts';
import type { ImageRootfs } from './machine/machine-files.ts';

/** What a local build is called, and what the operator takes for its tasks when it runs outside a cluster. Never pulled. */
export const imageRepository = 'localhost/container-os-operator';
export const imageTag = 'dev';

const bundles = ['operator.js', 'node-task.js', 'release.js'];
const repository = join(import.meta.dirname, '..', '..');
/** As in the Dockerfile. */
const config = {
  entrypoint: ['/nodejs/bin/node'],
  cmd: ['/app/operator.js'],
  env: ['NODE_ENV=production'],
  user: 65532,
  workdir: '/app',
};

/**
 * Puts the image together in `dir` from `dist/`, as `npm run build` leaves it.
 * @throws Error when a bundle is missing.
 */
export function makeOperatorImage(dir: string): ImageRootfs {
  mkdirSync(join(dir, 'app'), { recursive: true });
  mkdirSync(join(dir, 'nodejs/bin'), { recursive: true });
  for (const bundle of bundles) {
    const built = join(repository, 'dist', bundle);
    if (!existsSync(built)) throw new Error(`There is no dist/${bundle}: run \`npm run build\` first`);
    for (const file of [bundle, `${bundle}.map`]) {
      attempt('ENOENT', () => {
        copyFileSync(join(repository, 'dist', file), join(dir, 'app', file));
      });
    }
  }
  // A module's kind is told by the nearest package.json.
  writeFileSync(join(dir, 'app/package.json'), '{"type":"module"}\n');
  putNode(join(dir, 'nodejs/bin/node'));
  writeFileSync(join(dir, 'image.json'), JSON.stringify(config));
  return { prefix: imageRepository, rootfs: dir };
}

/** The very Node that runs this: the project pins it, and the image uses the same line. */
function putNode(target: string): void {
  if (existsSync(target)) return;
  // 120 MB that are the same on the same file system need not be there twice.
  const linked = attempt('EXDEV', () => {
    linkSync(process.execPath, target);
  });
  if (!linked) copyFileSync(process.execPath, target);
}
