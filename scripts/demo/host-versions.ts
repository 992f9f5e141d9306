/** What each simulated host itself says that it runs: nobody's report, but its release file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lab } from '../../test/lab/lab.ts';
import type { Expected } from './watch-rollout.ts';

const keys: Readonly<Record<string, string>> = {
  Bottlerocket: 'VERSION_ID',
  ContainerOptimizedOS: 'BUILD_ID',
};

/** @throws ENOENT when a host has no release file. */
export function hostVersions(lab: Lab, expected: readonly Expected[]): ReadonlyMap<string, string> {
  return new Map(
    expected.map(({ node, os }) => {
      const text = readFileSync(join(lab.machine(node).root, 'etc/os-release'), 'utf8');
      const line = text.split('\n').find((one) => one.startsWith(`${keys[os] ?? ''}=`)) ?? '';
      return [node, line.slice(line.indexOf('=') + 1).replaceAll('"', '')];
    }),
  );
}
