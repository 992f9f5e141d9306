/**
 * Keeps of a large ES module only what a CommonJS package takes from it. A `require` of an ES module brings in all of it, which for
 * the Kubernetes client is 16 MB of generated code that nobody calls, and that each start would have to read.
 */
import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import type { Plugin } from 'esbuild';

/** Names that `source` reads of what it requires as `module`, as the TypeScript compiler writes it. */
export function usedExports(source: string, module: string): string[] {
  const variables = [...source.matchAll(/const (\w+) = (?:__importStar\()?require\("([^"]+)"\)/g)]
    .filter(([, , required]) => required === module)
    .map(([, variable = '']) => variable);
  const used = variables.flatMap((variable) =>
    [...source.matchAll(new RegExp(`(?<![.\\w])${variable}\\.(\\w+)`, 'g'))].map(([, name = '']) => name),
  );
  return [...new Set(used)].toSorted();
}

/** `importer` is part of the path of the package that requires `module`. */
export function onlyUsedExports(module: string, importer: string): Plugin {
  const filter = new RegExp(`^${module}$`);
  const inner = { inner: true };
  return {
    name: 'only-used-exports',
    setup(build) {
      build.onResolve({ filter }, async (args) => {
        if (args.pluginData === inner) return undefined;
        if (args.kind === 'require-call' && args.importer.includes(importer)) {
          // Whole paths would stand in the bundle, and two machines' bundles would differ.
          const path = relative(build.initialOptions.absWorkingDir ?? '', args.importer);
          return { path, namespace: 'used-exports', pluginData: args.importer };
        }
        // Its modules only define things, but do not say so in their package.json.
        const { path } = await build.resolve(module, {
          kind: 'import-statement',
          resolveDir: args.resolveDir,
          pluginData: inner,
        });
        return { path, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: 'used-exports' }, async ({ pluginData }) => {
        const importer = String(pluginData);
        const names = usedExports(await readFile(importer, 'utf8'), module);
        return {
          contents: `export { ${names.join(', ')} } from '${module}';`,
          resolveDir: dirname(importer),
        };
      });
    },
  };
}
