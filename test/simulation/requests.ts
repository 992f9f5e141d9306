/** The way of one request of a process to the API server and back, with everything that can happen to it on the way. */
import type { Guard } from '../../src/ports/cluster.ts';
import { UnreachableError } from '../../src/ports/errors.ts';
import type { Random } from './random.ts';
import type { Owner } from './virtual-time.ts';
import type { World } from './world.ts';

export interface RequestOptions<T> {
  readonly guard?: Guard | undefined;
  /** Takes effect at the server; throws what the server refuses. */
  readonly commit: () => T;
  /** The answer has come back. */
  readonly answered?: (answer: T) => void;
  readonly reads?: boolean;
}

export type Request = <T>(options: RequestOptions<T>) => Promise<T>;

export function createRequests(world: World, process: Owner, random: Random, die: () => void): Request {
  const { time, rate } = world;
  const latency = (): number => {
    if (random.chance(rate('slow'))) return random.int(200, 3000);
    return random.int(1, 8);
  };
  return <T>({ guard, commit, answered, reads = false }: RequestOptions<T>): Promise<T> => {
    try {
      guard?.();
    } catch (error) {
      return Promise.reject(error);
    }
    if (!reads && random.chance(rate('crashBefore'))) {
      die();
      return new Promise(() => undefined);
    }
    return new Promise<T>((resolve, reject) => {
      // Sent: whatever becomes of the process, the request is on its way.
      time.after(latency(), () => {
        const lost = random.chance(rate('requestLost'));
        let answer: { readonly value: T } | { readonly error: unknown };
        try {
          if (lost) throw new UnreachableError('the request was lost');
          answer = { value: commit() };
          if (!reads && random.chance(rate('repeated'))) repeat(commit);
        } catch (error) {
          answer = { error };
        }
        if (!reads && !lost && random.chance(rate('crashAfter'))) return die();
        const answerLost = random.chance(rate('answerLost'));
        time.after(
          latency(),
          () => {
            if (answerLost) reject(new UnreachableError('the answer was lost'));
            else if ('error' in answer) reject(answer.error);
            else {
              answered?.(answer.value);
              resolve(answer.value);
            }
          },
          process,
        );
      });
    });
  };
}

/** A proxy that sends a request again: what the second one is told goes nowhere. */
function repeat(commit: () => unknown): unknown {
  try {
    return commit();
  } catch (error) {
    return error;
  }
}
