/** Puts the operating system that a description asks for on a machine. */
import { createBottlerocketHost } from './bottlerocket/bottlerocket-host.ts';
import { createCosHost } from './cos/cos-host.ts';
import type { HostDescription, Machine, SimulatedHost } from './host.ts';

export interface HostOptions {
  /** Path of the static program that stands for the tools of a COS root. Default: the environment's LAB_HOSTTOOL. */
  readonly hostTool?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * Throws ZodError for a fault that the system does not know, Error for a COS host without a host tool.
 * Nothing listens before `start()`.
 */
export function createHost(
  description: HostDescription,
  machine: Machine,
  options: HostOptions = {},
): SimulatedHost {
  const now = options.now ?? Date.now;
  switch (description.os) {
    case 'Bottlerocket':
      return createBottlerocketHost(description, machine, now);
    case 'ContainerOptimizedOS':
      return createCosHost(description, machine, now, options.hostTool ?? process.env['LAB_HOSTTOOL']);
  }
}
