/** Runs jobs one after the other, as a server with one worker thread does: a slow one delays all that come after it. */
export function createSerialWorker(): <T>(job: () => Promise<T>) => Promise<T> {
  let tail: Promise<unknown> = Promise.resolve();
  return (job) => {
    const result = tail.then(job);
    // The next job runs whatever became of this one; its own caller sees the error.
    tail = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  };
}
