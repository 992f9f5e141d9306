import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { contentsOf, nodeTaskBundle } from '../scripts/build/bundle.ts';

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
