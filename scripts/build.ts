/** `npm run build`: dist/operator.js, dist/node-task.js and dist/release.js, each one file without node_modules. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, bundles } from './build/bundle.ts';

const root = join(import.meta.dirname, '..');
const missing = bundles.filter(({ entry }) => !existsSync(join(root, entry)));
for (const one of bundles.filter((candidate) => !missing.includes(candidate))) {
  const started = performance.now();
  const bytes = await bundle(root, one);
  console.log(
    `${one.outfile}  ${(bytes / 1024).toFixed(0)} kB  ${(performance.now() - started).toFixed(0)} ms`,
  );
}
for (const { entry, outfile } of missing) {
  // A bundle of an earlier state must not pass for one of this.
  rmSync(join(root, outfile), { force: true });
  console.error(`${outfile} was not built: there is no ${entry}`);
}
process.exitCode = missing.length === 0 ? 0 : 1;
