/** The operator's image, made of the sources as they are now. */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bundle, bundles } from '../build/bundle.ts';

const root = join(import.meta.dirname, '../..');

/** Writes dist/ so that another demo that reads it at the same time finds whole files. @throws BuildFailure */
export async function buildBundles(): Promise<void> {
  const own = join('dist', `.${String(process.pid)}`);
  try {
    for (const one of bundles) {
      const name = basename(one.outfile);
      mkdirSync(join(root, own), { recursive: true });
      await bundle(root, { ...one, outfile: join(own, name) });
      for (const file of [`${name}.map`, name]) {
        renameSync(join(root, own, file), join(root, dirname(one.outfile), file));
      }
    }
  } finally {
    rmSync(join(root, own), { recursive: true, force: true });
  }
}
