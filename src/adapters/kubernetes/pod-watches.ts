/** Watches of the Pods of single nodes, only while somebody needs them: never of all Pods. */
import type { PodFacts } from '../../plan/facts.ts';
import { podFacts } from './facts/pod.ts';
import type { RawPod } from './facts/pod.ts';
import { allPodsPath } from './paths.ts';
import type { ReflectorOptions } from './reflector.ts';
import { Reflector } from './reflector.ts';

export interface PodWatches {
  /** Pods of the nodes whose first list is complete. */
  readonly pods: () => ReadonlyMap<string, readonly PodFacts[]>;
  readonly watch: (nodes: ReadonlySet<string>) => void;
  readonly stop: () => Promise<void>;
}

type Common = Pick<ReflectorOptions<RawPod, PodFacts>, 'api' | 'clock' | 'random' | 'waits' | 'onError'>;

export function createPodWatches(common: Common, onChange: (node: string) => void): PodWatches {
  const watches = new Map<string, Reflector<RawPod, PodFacts>>();
  const ending = new Set<Promise<void>>();

  const end = (node: string, watch: Reflector<RawPod, PodFacts>): void => {
    watches.delete(node);
    const ended = watch.stop().finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const begin = (node: string): void => {
    const watch = new Reflector<RawPod, PodFacts>({
      ...common,
      path: allPodsPath,
      query: { fieldSelector: `spec.nodeName=${node}` },
      trim: podFacts,
      onChange: () => {
        // One that was let go may still hand out what it read before.
        if (watches.get(node) === watch && watch.isSynced) onChange(node);
      },
      // Also where the node has no Pod at all: that is what a drain waits for.
      onSynced: () => onChange(node),
    });
    watches.set(node, watch);
    watch.start();
  };

  return {
    pods: () => {
      const complete = [...watches].filter(([, watch]) => watch.isSynced);
      return new Map(complete.map(([node, watch]) => [node, [...watch.facts.values()]]));
    },
    watch: (nodes) => {
      for (const [node, watch] of watches) if (!nodes.has(node)) end(node, watch);
      for (const node of nodes) if (!watches.has(node)) begin(node);
    },
    stop: async () => {
      for (const [node, watch] of watches) end(node, watch);
      await Promise.all(ending);
    },
  };
}
