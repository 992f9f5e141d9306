/** The events of one watch stream. A stream that says nothing, not even a bookmark, for too long is dead whatever TCP believes. */
import type { IncomingMessage } from 'node:http';
import { UnreachableError } from '../../ports/errors.ts';
import type { RawStatus } from './errors.ts';
import { ApiFailure, failureInWatch, messageOf } from './errors.ts';
import { lines } from './lines.ts';
import type { RawObject } from './raw.ts';

export interface WatchEvent<R extends RawObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: R;
}

interface ErrorEvent {
  readonly type: 'ERROR';
  readonly object: RawStatus;
}

/** The stream said nothing for too long. */
export class SilentError extends UnreachableError {}

/** Throws ApiFailure for an ERROR event, SilentError after `silenceMs` without a word, UnreachableError when the stream breaks. */
export async function* watchEvents<R extends RawObject>(
  stream: IncomingMessage,
  what: string,
  silenceMs: number,
): AsyncGenerator<WatchEvent<R>> {
  const timer = setTimeout(() => {
    stream.destroy(new SilentError(`${what}: silent for ${silenceMs / 1000} s`));
  }, silenceMs);
  try {
    for await (const line of lines(stream)) {
      timer.refresh();
      const event: WatchEvent<R> | ErrorEvent = JSON.parse(line);
      if (event.type === 'ERROR') throw failureInWatch(what, event.object);
      yield event;
    }
  } catch (error) {
    if (error instanceof ApiFailure || error instanceof SilentError) throw error;
    // A broken stream, or a line that is no JSON: in both cases what came before it holds.
    throw new UnreachableError(`${what}: ${messageOf(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}
