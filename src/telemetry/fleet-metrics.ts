/** What the stored statuses say of the fleet, read anew at each scrape, so that nothing is shown of what was deleted. */
import { Gauge } from 'prom-client';
import type { Registry } from 'prom-client';
import type { PolicyStatus } from '../api/policy-status.ts';
import type { NodeView, PolicyFacts } from '../plan/facts.ts';

interface Fleet {
  readonly policies: () => readonly PolicyFacts[];
  readonly views: () => ReadonlyMap<string, NodeView>;
}

const counts = {
  UpToDate: ({ upToDate }) => upToDate,
  Updating: ({ updating }) => updating,
  Pending: ({ pending }) => pending,
  Failed: ({ failed }) => failed,
  Unsupported: ({ unsupported }) => unsupported,
  Held: ({ held }) => held,
} satisfies Record<string, (status: PolicyStatus) => number | undefined>;

export function observeFleet(registry: Registry, { policies, views }: Fleet): void {
  const registers = [registry];
  void new Gauge({
    name: 'containeros_policy_condition',
    help: '1 for the status that a condition of a policy has',
    labelNames: ['policy', 'type', 'status'],
    registers,
    collect() {
      this.reset();
      for (const { name: policy, status: stored } of policies()) {
        for (const { type, status } of stored.conditions ?? []) this.set({ policy, type, status }, 1);
      }
    },
  });
  void new Gauge({
    name: 'containeros_policy_nodes',
    help: 'Nodes of a policy by state',
    labelNames: ['policy', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { name: policy, status } of policies()) {
        for (const [state, count] of Object.entries(counts)) this.set({ policy, state }, count(status) ?? 0);
      }
    },
  });
  void new Gauge({
    name: 'containeros_node_os_info',
    help: 'Always 1; what each managed node runs',
    labelNames: ['node', 'os', 'version', 'policy'],
    registers,
    collect() {
      this.reset();
      for (const [node, { status }] of views()) {
        const { os = '', version = '', policy = '' } = status;
        this.set({ node, os, version, policy }, 1);
      }
    },
  });
}
