/** `npm run crds`: writes the CustomResourceDefinitions, plain and as templates of the chart, from the schemas in src/api. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crdFiles } from './crds/files.ts';

const root = join(import.meta.dirname, '..');
for (const { path, text } of crdFiles()) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(path);
}
