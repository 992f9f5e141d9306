/** The reboot half of both simulated systems: what a reboot call does, with its faults, and the record of accepted calls. */
import { z } from 'zod';
import type { Machine } from './host.ts';

/** A machine needs a moment between the accepted call and going down. */
const goingDownMs = 100;

export const rebootFaults = {
  /** The call fails with this text (a block inhibitor), or with the exit code of its own. */
  rebootRefused: z.union([z.string(), z.strictObject({ exitCode: z.int(), text: z.string() })]).optional(),
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

export type RebootOutcome =
  /** `downInMs` is absent when nothing follows. */
  | { readonly kind: 'Accepted' | 'HangUp'; readonly downInMs?: number }
  | { readonly kind: 'Refused'; readonly exitCode: number; readonly text: string };

export interface RebootCalls {
  call(faults: RebootFaults): RebootOutcome;
  list(): readonly RebootCall[];
}

/** `now` in milliseconds since the epoch. */
export function createRebootCalls(machine: Machine, now: () => number): RebootCalls {
  const calls: RebootCall[] = [];
  return {
    call(faults) {
      const refused = faults.rebootRefused;
      if (refused !== undefined) {
        const why = typeof refused === 'string' ? { exitCode: 1, text: refused } : refused;
        return { kind: 'Refused', ...why };
      }
      calls.push({ at: new Date(now()).toISOString(), bootID: machine.bootID() });
      const kind = faults.rebootHangUp === true ? 'HangUp' : 'Accepted';
      if (faults.rebootIgnored === true) return { kind };
      const downInMs = faults.rebootDelayMs ?? goingDownMs;
      machine.reboot({ delayMs: downInMs });
      return { kind, downInMs };
    },
    list: () => calls,
  };
}

/** How many boots fall back; undefined for every one, 0 for none. */
export function fallbackLimit(faults: RebootFaults): number | undefined {
  if (typeof faults.bootFallsBack === 'number') return faults.bootFallsBack;
  return faults.bootFallsBack === true ? undefined : 0;
}
