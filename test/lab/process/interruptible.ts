const interrupts = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` so that Ctrl-C and the like abort it in good order; when it has ended, the signal does to this process what it
 * would have done at once.
 */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  let caught: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    caught = signal;
    abort.abort();
  };
  for (const signal of interrupts) process.on(signal, onSignal);
  try {
    return await work(abort.signal);
  } finally {
    for (const signal of interrupts) process.off(signal, onSignal);
    if (caught !== undefined) process.kill(process.pid, caught);
  }
}
