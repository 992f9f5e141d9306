/** The reboot half of both simulated systems: what a reboot call does, with its faults, and the record of accepted calls. */
import { z } from 'zod';
import type { Machine } from './host.ts';

/** A machine needs a moment between the accepted call and going down. */
const goingDownMs = 100;

export const rebootFaults = {
  /** The call fails with this text (a block inhibitor). */
  rebootRefused: z.string().optional(),
  /** The call succeeds and nothing follows. */
  rebootIgnored: z.boolean().optional(),
  /** Milliseconds between the accepted call and the moment the machine goes down (a delay inhibitor). */
  rebootDelayMs: z.number().optional(),
  /** The call is accepted but its answer never comes. */
  rebootHangUp: z.boolean().optional(),
  /** The machine comes up on the old version: always, or so many times. */
  bootFallsBack: z.union([z.boolean(), z.int()]).optional(),
};

const schema = z.object(rebootFaults);
export type RebootFaults = z.infer<typeof schema>;

export interface RebootCall {
  readonly at: string;
  readonly bootID: string;
}

export type RebootOutcome = 'Accepted' | 'HangUp' | { readonly refused: string };

export interface RebootCalls {
  call(faults: RebootFaults): RebootOutcome;
  list(): readonly RebootCall[];
}

/** `now` in milliseconds since the epoch. */
export function createRebootCalls(machine: Machine, now: () => number): RebootCalls {
  const calls: RebootCall[] = [];
  return {
    call(faults) {
      if (faults.rebootRefused !== undefined) return { refused: faults.rebootRefused };
      calls.push({ at: new Date(now()).toISOString(), bootID: machine.bootID() });
      if (faults.rebootIgnored !== true) machine.reboot({ delayMs: faults.rebootDelayMs ?? goingDownMs });
      return faults.rebootHangUp === true ? 'HangUp' : 'Accepted';
    },
    list: () => calls,
  };
}

/** How many boots fall back; undefined for every one, 0 for none. */
export function fallbackLimit(faults: RebootFaults): number | undefined {
  if (typeof faults.bootFallsBack === 'number') return faults.bootFallsBack;
  return faults.bootFallsBack === true ? undefined : 0;
}
