/** Who may act. One holder of the Lease at a time by everybody's clock; the fence refuses the one that slept. */
export interface Leadership {
  /** Runs until the signal aborts. `onStarted` gets the fence `<identity, new at each process start>/<lease transitions>`. */
  run(
    callbacks: { readonly onStarted: (fence: string) => void; readonly onStopped: () => void },
    signal: AbortSignal,
  ): Promise<void>;
  /** Throws StaleError unless this process holds the lease and renewed it in time: to be asked directly before each guarded write. */
  assertLeading(): void;
  isLeading(): boolean;
  /** Releases the lease and stays out of the election until `mayReturn` says so or `leaderlessMs` have passed without any holder. */
  handOver(mayReturn: () => boolean, leaderlessMs: number): Promise<void>;
}
