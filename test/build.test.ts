import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { contentsOf, nodeTaskBundle, operatorBundle } from '../scripts/build/bundle.ts';
import { usedExports } from '../scripts/build/used-exports.ts';

const root = join(import.meta.dirname, '..');

describe('the node-task bundle', () => {
  it('holds our own code and zod, and nothing of the Kubernetes client', async () => {
    const { inputs } = await contentsOf(root, nodeTaskBundle);
    const packages = Object.keys(inputs).flatMap(
      (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [],
    );
    expect(inputs).toHaveProperty([nodeTaskBundle.entry]);
    expect([...new Set(packages)].toSorted()).toEqual(['semver', 'zod']);
  });
});

describe('the operator bundle', () => {
  it('holds of the Kubernetes client no generated API that nobody calls', async () => {
    const { outputs } = await contentsOf(root, operatorBundle);
    const inputs = outputs[operatorBundle.outfile]?.inputs ?? {};
    const bytesOf = (name: string): number => {
      const path = Object.keys(inputs).find((input) =>
        input.endsWith(`client-node/dist/gen/apis/${name}.js`),
      );
      return path === undefined ? 0 : (inputs[path]?.bytesInOutput ?? 0);
    };
    expect(bytesOf('CoreV1Api')).toBeGreaterThan(1000);
    expect(bytesOf('AppsV1Api')).toBeLessThan(1000);
  }, 60_000);
});

describe('usedExports', () => {
  it('finds what compiled TypeScript takes from a module, and nothing in strings', () => {
    const source = `
      const k8s = __importStar(require("big"));
      const big_1 = require("big");
      const other_1 = require("other");
      new k8s.Client(); big_1.load(); other_1.unload(); call("x.k8s.io", k8s.Client);`;
    expect(usedExports(source, 'big')).toEqual(['Client', 'load']);
  });
});
