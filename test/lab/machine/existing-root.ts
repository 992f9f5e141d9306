/** The host of a machine whose root folder somebody else fills and serves: nothing is simulated, only reported. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostDescription, Identity, SimulatedHost } from '../hosts/host.ts';
import { attemptValue } from '../process/attempt.ts';

const runtimes = {
  Bottlerocket: { kernelVersion: '6.12.40', containerRuntimeVersion: 'containerd://2.1.4+bottlerocket' },
  ContainerOptimizedOS: { kernelVersion: '6.6.72+', containerRuntimeVersion: 'containerd://2.0.5' },
} as const;

/** Such a host accepts no reboot calls: its owner sets the annotation `lab.containeros.dev/reboot-now` instead. */
export function createExistingRoot(first: HostDescription, root: string): SimulatedHost {
  let description = first;
  let identity = read();

  /** What the folder says of itself, else what the annotation says. */
  function read(): Identity {
    const { os, version, variant, architecture } = description;
    const release = attemptValue('ENOENT', () => readFileSync(join(root, 'etc/os-release'), 'utf8'));
    const name = /^PRETTY_NAME=(?:"(.*)"|(.*))$/m.exec(release ?? '');
    const osImage =
      name?.[1] ??
      name?.[2] ??
      (os === 'Bottlerocket'
        ? `Bottlerocket OS ${version} (${variant ?? 'aws-k8s-1.33'})`
        : 'Container-Optimized OS from Google');
    return { osImage, architecture, ...runtimes[os] };
  }

  return {
    start: () => Promise.resolve(),
    update: (next) => {
      description = next;
    },
    booting: () => {
      identity = read();
      return Promise.resolve();
    },
    identity: () => identity,
    rebootCalls: () => [],
    stop: () => Promise.resolve(),
  };
}
