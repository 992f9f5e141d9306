/** The programs that the image holds, and how each becomes one file. */
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions, Metafile } from 'esbuild';
import { onlyUsedExports } from './used-exports.ts';

export interface Bundle {
  /** From the project's root. */
  readonly entry: string;
  readonly outfile: string;
  /** It carries CommonJS packages, which expect what an ES module does not have. */
  readonly commonJs: boolean;
}

export const operatorBundle: Bundle = { entry: 'src/main.ts', outfile: 'dist/operator.js', commonJs: true };
export const nodeTaskBundle: Bundle = {
  entry: 'src/node-task/main.ts',
  outfile: 'dist/node-task.js',
  commonJs: false,
};
export const releaseBundle: Bundle = {
  entry: 'src/release/main.ts',
  outfile: 'dist/release.js',
  commonJs: true,
};
export const bundles: readonly Bundle[] = [operatorBundle, nodeTaskBundle, releaseBundle];

const commonJsGlobals = [
  "import { createRequire as createRequireHere } from 'node:module';",
  'const require = createRequireHere(import.meta.url);',
  'const __filename = import.meta.filename, __dirname = import.meta.dirname;',
].join('\n');

function options(root: string, { entry, outfile, commonJs }: Bundle) {
  return {
    absWorkingDir: root,
    entryPoints: [entry],
    outfile: join(root, outfile),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node26',
    // Stack traces of a cluster that is not ours must be readable as they are.
    minify: false,
    sourcemap: true,
    legalComments: 'eof',
    logLevel: 'warning',
    metafile: true,
    plugins: [onlyUsedExports('@kubernetes/client-node', '@dot-i/k8s-operator')],
    ...(commonJs && { banner: { js: commonJsGlobals } }),
  } satisfies BuildOptions;
}

/** Writes the bundle and its source map; answers its size in bytes. @throws BuildFailure with the compiler's messages. */
export async function bundle(root: string, one: Bundle): Promise<number> {
  const { metafile } = await build(options(root, one));
  return metafile.outputs[one.outfile]?.bytes ?? 0;
}

/** What would go into the bundle, without writing it. @throws BuildFailure */
export async function contentsOf(root: string, one: Bundle): Promise<Metafile> {
  const { metafile } = await build({ ...options(root, one), write: false });
  return metafile;
}
