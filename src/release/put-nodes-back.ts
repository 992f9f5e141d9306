/** Runs the operator's own controller as if every policy were gone, until nothing is left that may end by itself, or time is up. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createController, type ControllerOptions } from '../control/controller.ts';
import { withoutKinds } from '../control/without-kinds.ts';
import { whatIsLeft, type Left } from '../plan/left.ts';

export interface PutBackOptions extends Omit<ControllerOptions, 'gates' | 'metrics' | 'narrator'> {
  readonly patienceMs: number;
  /** How long nothing may be left before that is believed: the last write of the operator may still be on its way to our watches. */
  readonly settleMs: number;
  readonly print: (line: string) => void;
  readonly failed: (what: string, error: unknown) => void;
  /** Ends it early. */
  readonly signal: AbortSignal;
}

const lookEveryMs = 250;
const nothing = (): void => undefined;

/** Answers what is left in the end. */
export async function putNodesBack(options: PutBackOptions): Promise<readonly Left[]> {
  const { leadership, clock, patienceMs, settleMs, print, failed, signal } = options;
  const { reader, writer } = withoutKinds(options.reader, options.writer);
  const controller = createController({
    ...options,
    reader,
    writer,
    // Without a policy nobody asks.
    gates: { evaluate: () => Promise.resolve({ state: 'Unknown', because: 'there is no policy' }) },
    narrator: { tell: nothing, did: nothing, failed },
    metrics: {
      reconciled: nothing,
      evicted: nothing,
      queued: nothing,
      dequeued: nothing,
      worked: nothing,
      retried: nothing,
    },
  });
  const look = (): readonly Left[] =>
    whatIsLeft({ nodes: reader.nodes(), views: reader.views(), tasks: reader.tasks() });
  const tell = createTeller(print);

  const end = new AbortController();
  let leads = false;
  let stopped = Promise.resolve();
  const term = leadership.run(
    {
      onStarted: (fence) => {
        leads = true;
        print('The operator acts no more; its nodes are put back');
        void stopped.then(() => controller.start(fence));
      },
      onStopped: () => {
        leads = false;
        stopped = controller.stop();
      },
    },
    end.signal,
  );
  const until = clock.monotonic() + patienceMs;
  let quietSince: number | undefined;
  while (!signal.aborted && clock.monotonic() < until) {
    const left = look();
    if (leads) tell(left);
    if (!leads || left.some(({ waits }) => waits)) quietSince = undefined;
    else {
      quietSince ??= clock.monotonic();
      if (clock.monotonic() - quietSince >= settleMs) break;
    }
    await sleep(lookEveryMs);
  }
  if (!leads) print('The lease containeros-operator could not be had in time, so nothing more is put back');
  end.abort();
  await term;
  await stopped;
  return look();
}

/** One line for each node whenever there is something new about it. */
function createTeller(print: (line: string) => void): (left: readonly Left[]) => void {
  const told = new Map<string, string>();
  return (left) => {
    for (const { node, because } of left) {
      if (told.get(node) === because) continue;
      told.set(node, because);
      print(`${node}: ${because}`);
    }
    const names = new Set(left.map(({ node }) => node));
    for (const node of told.keys()) {
      if (names.has(node)) continue;
      told.delete(node);
      print(`${node}: nothing is left on it`);
    }
  };
}
