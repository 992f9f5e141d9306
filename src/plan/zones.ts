/** How many more nodes with one value of a label may be taken out of service: `rollout.topology`. */
import { resolveCount } from '../api/int-or-percent.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { LedgerEntry } from '../api/policy-status.ts';
import type { Budget } from './budget.ts';
import type { NodeFacts } from './facts.ts';
import { listed } from './text.ts';

interface Zone {
  readonly limit: number;
  /** Its nodes that are out of service, by name: in the ledger, or for another cause, which is told. */
  readonly used: Map<string, string>;
}

export interface FullZone {
  /** `topology.kubernetes.io/zone=a`. */
  readonly title: string;
  /** Names of the nodes that use it up, with what is wrong where they are not ours. */
  readonly usedBy: string;
  /** Some of them are not ours. */
  readonly byOthers: boolean;
}

export class Zones {
  readonly #key: string | undefined;
  readonly #zones = new Map<string | undefined, Zone>();

  /** `nodes` are those of the budget; nodes without the label are a zone of their own. */
  constructor(
    { rollout: { topology } }: PolicySpec,
    nodes: readonly NodeFacts[],
    { others }: Pick<Budget, 'others'>,
    entries: readonly LedgerEntry[],
  ) {
    this.#key = topology?.key;
    if (topology === undefined) return;
    for (const [value, members] of Map.groupBy(nodes, ({ labels }) => labels[topology.key])) {
      const names = new Set(members.map(({ name }) => name));
      const used = new Map<string, string>();
      for (const { name, why } of others) if (names.has(name)) used.set(name, `${name}, ${why}`);
      for (const { node } of entries) if (names.has(node)) used.set(node, node);
      this.#zones.set(value, { limit: resolveCount(topology.maxUnavailable, names.size), used });
    }
  }

  /** The zone of the node, if no further node of it may go. */
  full(node: NodeFacts): FullZone | undefined {
    const zone = this.#zoneOf(node);
    if (zone === undefined || zone.used.size < zone.limit) return undefined;
    // A node that is out of service already takes no further place.
    if (zone.used.has(node.name) && zone.used.size === zone.limit) return undefined;
    return {
      title: this.#title(node),
      usedBy: listed([...zone.used.values()].toSorted()),
      byOthers: [...zone.used].some(([name, told]) => name !== told),
    };
  }

  /** More nodes than may be, since the limit was lowered. */
  overfull(node: NodeFacts): boolean {
    const zone = this.#zoneOf(node);
    return zone !== undefined && zone.used.size > zone.limit;
  }

  take(node: NodeFacts): void {
    this.#zoneOf(node)?.used.set(node.name, node.name);
  }

  giveBack(node: NodeFacts): void {
    this.#zoneOf(node)?.used.delete(node.name);
  }

  #zoneOf({ labels }: NodeFacts): Zone | undefined {
    return this.#key === undefined ? undefined : this.#zones.get(labels[this.#key]);
  }

  #title({ labels }: NodeFacts): string {
    const value = this.#key === undefined ? undefined : labels[this.#key];
    return value === undefined ? `nodes without ${this.#key ?? ''}` : `${this.#key ?? ''}=${value}`;
  }
}
