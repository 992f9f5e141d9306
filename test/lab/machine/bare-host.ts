/** The host of a machine whose root folder somebody else fills and serves: it only says what the description says. */
import type { HostDescription, SimulatedHost } from '../hosts/host.ts';

export function createBareHost(first: HostDescription): SimulatedHost {
  let description = first;
  let running = first;
  return {
    start: () => Promise.resolve(),
    update: (next) => {
      description = next;
    },
    // What came up is up to whoever owns the folder, and that person says so in the annotation.
    booting: () => {
      running = description;
      return Promise.resolve();
    },
    identity: () => ({
      osImage:
        running.os === 'Bottlerocket'
          ? `Bottlerocket OS ${running.version} (${running.variant ?? 'aws-k8s-1.34'})`
          : 'Container-Optimized OS from Google',
      kernelVersion: running.os === 'Bottlerocket' ? '6.12.40' : '6.6.72+',
      containerRuntimeVersion:
        running.os === 'Bottlerocket' ? 'containerd://2.1.4+bottlerocket' : 'containerd://2.0.5',
      architecture: running.architecture,
    }),
    rebootCalls: () => [],
    stop: () => Promise.resolve(),
  };
}
