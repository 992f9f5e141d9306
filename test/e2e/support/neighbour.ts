/** Another controller that writes taints, labels and annotations on a node all the time, and knows what of its own must be there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient, ApiObject } from '../../lab/api/api-client.ts';
import { ApiError } from '../../lab/api/api-error.ts';

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface MarkedNode extends ApiObject {
  readonly spec?: { readonly taints?: readonly Taint[] };
}

interface Marked {
  readonly metadata: Pick<ApiObject['metadata'], 'labels' | 'annotations'>;
  readonly spec?: { readonly taints?: readonly Pick<Taint, 'key' | 'value'>[] };
}

/** What is the neighbour's on a node, by key. */
export type Marks = Readonly<Record<'labels' | 'annotations' | 'taints', Readonly<Record<string, string>>>>;

export interface Neighbour {
  /** Writes that were accepted so far. */
  writes(): number;
  /** A sentence for each write whose answer did not show all that was written before; empty while nothing is lost. */
  losses(): readonly string[];
  /** Ends the writing; answers what must be on the node now. @throws whatever ended it before. */
  stop(): Promise<Marks>;
}

const prefix = 'neighbour.example.com/';
const pauseMs = 80;
const names = 6;

/** Begins at once, and goes on until it is stopped. */
export function startNeighbour(client: ApiClient, node: string): Neighbour {
  const path = `/api/v1/nodes/${node}`;
  const marks = { labels: {}, annotations: {}, taints: {} } satisfies Marks;
  const losses: string[] = [];
  let writes = 0;
  const stopping = new AbortController();

  /** The ways in which controllers write. Each changes the marks, and answers what the Node became. */
  const ways: readonly ((round: number) => Promise<MarkedNode>)[] = [
    (round) => {
      const annotations = set(marks.annotations, round);
      return client.patch(path, 'merge', { metadata: { annotations } });
    },
    (round) => {
      const labels = set(marks.labels, round);
      return client.patch(path, 'strategic-merge', { metadata: { labels } });
    },
    (round) => {
      set(marks.taints, round);
      return replaceTaints(client, path, marks.taints);
    },
    (round) => {
      const gone = `${prefix}m-${String(round % names)}`;
      const annotations = gone in marks.annotations ? { [gone]: null } : {};
      Reflect.deleteProperty(marks.annotations, gone);
      return client.patch(path, 'merge', { metadata: { annotations } });
    },
  ];
  const run = async (): Promise<void> => {
    for (let round = 0; !stopping.signal.aborted; round += 1) {
      const way = ways[round % ways.length];
      const before = JSON.stringify(marks);
      const after = await way?.(round);
      writes += 1;
      const found = after === undefined ? undefined : marksOn(after);
      if (JSON.stringify(sorted(marks)) !== JSON.stringify(found))
        losses.push(
          `round ${String(round)} at ${after?.metadata.resourceVersion ?? '?'}: ${JSON.stringify(found)}, expected ${JSON.stringify(marks)}, had ${before}`,
        );
      await sleep(pauseMs);
    }
  };
  const running = run();
  // Told by `stop`.
  running.catch(() => undefined);
  return {
    writes: () => writes,
    losses: () => losses,
    stop: async () => {
      stopping.abort();
      await running;
      return sorted(marks);
    },
  };
}

/** The neighbour's marks on a node, in the order of their keys. */
export const marksOn = ({ metadata, spec }: Marked): Marks =>
  sorted({
    labels: own(metadata.labels ?? {}),
    annotations: own(metadata.annotations ?? {}),
    taints: own(Object.fromEntries((spec?.taints ?? []).map(({ key, value = '' }) => [key, value]))),
  });

const own = (all: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).filter(([key]) => key.startsWith(prefix)));

const sorted = ({ labels, annotations, taints }: Marks): Marks => ({
  labels: byKey(labels),
  annotations: byKey(annotations),
  taints: byKey(taints),
});

const byKey = (all: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(all).toSorted(([a], [b]) => (a < b ? -1 : 1)));

function set(marks: Record<string, string>, round: number): Record<string, string> {
  const change = { [`${prefix}m-${String(round % names)}`]: String(round) };
  Object.assign(marks, change);
  return change;
}

/** A list has no merge of its own, so whoever writes taints reads the Node, changes its part, and writes the whole. */
async function replaceTaints(
  client: ApiClient,
  path: string,
  mine: Readonly<Record<string, string>>,
): Promise<MarkedNode> {
  for (let tries = 0; ; tries += 1) {
    const node = await client.get<MarkedNode>(path);
    const others = (node.spec?.taints ?? []).filter(({ key }) => !key.startsWith(prefix));
    const taints = Object.entries(mine).map(([key, value]) => ({ key, value, effect: 'PreferNoSchedule' }));
    try {
      return await client.replace<MarkedNode>(path, {
        ...node,
        spec: { ...node.spec, taints: [...others, ...taints] },
      });
    } catch (error) {
      const conflict = error instanceof ApiError && error.status === 409;
      if (!conflict || tries === 20) throw error;
    }
  }
}
