import { describe, expect, it } from '@jest/globals';
import type { NodeView, PolicyFacts } from '../../src/plan/facts.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';

const policy = (name: string, status: PolicyFacts['status']): PolicyFacts => ({
  name,
  uid: name,
  generation: 1,
  resourceVersion: '1',
  spec: { invalid: 'not asked for' },
  status,
  deleting: false,
});
const view: NodeView = {
  name: 'n1',
  uid: 'v',
  resourceVersion: '1',
  nodeUID: 'n',
  status: { os: 'Bottlerocket', version: '1.26.0', policy: 'p' },
};
const ready = {
  type: 'Ready',
  status: 'True',
  observedGeneration: 1,
  lastTransitionTime: '2026-11-23T10:00:00Z',
  reason: 'Accepted',
  message: '',
} as const;

function world(): {
  policies: PolicyFacts[];
  views: Map<string, NodeView>;
  metrics: ReturnType<typeof createMetrics>;
} {
  const policies = [policy('p', { observedGeneration: 1, upToDate: 3, updating: 1, conditions: [ready] })];
  const views = new Map([['n1', view]]);
  const metrics = createMetrics({
    version: '0.1.0',
    fleet: { policies: () => policies, views: () => views },
  });
  return { policies, views, metrics };
}

describe('the metrics', () => {
  it('show what was reported', async () => {
    const { metrics } = world();
    metrics.reconciled('policies', 'success', 0.02);
    metrics.reconciled('policies', 'error', 0.02);
    metrics.queued('policies', 2);
    metrics.dequeued('policies', 1, 0.5);
    metrics.worked('policies', 0.1);
    metrics.retried('policies');
    metrics.requested({ code: '200', method: 'GET', host: '127.0.0.1:6443' });
    metrics.leading('containeros-operator', true);
    metrics.upgraded('p', 'Succeeded');
    metrics.stepTook('p', 'drain', 12);
    metrics.evicted('Budget');
    metrics.failedInBackground('Event lost');
    const text = await metrics.text();
    for (const line of [
      'controller_runtime_reconcile_total{controller="policies",result="success"} 1',
      'controller_runtime_reconcile_errors_total{controller="policies"} 1',
      'controller_runtime_reconcile_time_seconds_count{controller="policies"} 2',
      'workqueue_depth{name="policies",controller="policies"} 1',
      'workqueue_adds_total{name="policies",controller="policies"} 1',
      'workqueue_queue_duration_seconds_sum{name="policies",controller="policies"} 0.5',
      'workqueue_work_duration_seconds_count{name="policies",controller="policies"} 1',
      'workqueue_retries_total{name="policies",controller="policies"} 1',
      'rest_client_requests_total{code="200",method="GET",host="127.0.0.1:6443"} 1',
      'leader_election_master_status{name="containeros-operator"} 1',
      'containeros_node_upgrades_total{policy="p",result="Succeeded"} 1',
      'containeros_node_upgrade_duration_seconds_sum{policy="p",step="drain"} 12',
      'containeros_drain_evictions_total{code="Budget"} 1',
      'containeros_background_failures_total{where="Event lost"} 1',
      `containeros_build_info{version="0.1.0",node="${process.version}"} 1`,
    ]) {
      expect(text).toContain(`${line}\n`);
    }
  });

  it('show a rollout that was halted by failures', async () => {
    const { policies, metrics } = world();
    const halted = { ...ready, type: 'Stalled', reason: 'FailureBudgetExceeded' } as const;
    policies.push(policy('halted', { observedGeneration: 1, failed: 1, conditions: [halted] }));
    const text = await metrics.text();
    expect(text).toContain('containeros_policy_condition{policy="halted",type="Stalled",status="True"} 1\n');
    expect(text).toContain('containeros_policy_nodes{policy="halted",state="Failed"} 1\n');
    expect(text).not.toContain('policy="p",type="Stalled"');
  });

  it('show the fleet as it is at the scrape, and nothing of what is gone', async () => {
    const { policies, views, metrics } = world();
    const before = await metrics.text();
    expect(before).toContain('containeros_policy_condition{policy="p",type="Ready",status="True"} 1\n');
    expect(before).toContain('containeros_policy_nodes{policy="p",state="UpToDate"} 3\n');
    expect(before).toContain('containeros_policy_nodes{policy="p",state="Failed"} 0\n');
    expect(before).toContain(
      'containeros_node_os_info{node="n1",os="Bottlerocket",version="1.26.0",policy="p"} 1\n',
    );
    policies.pop();
    views.clear();
    const after = await metrics.text();
    expect(after).not.toMatch(/containeros_policy_(condition|nodes)\{/);
    expect(after).not.toMatch(/containeros_node_os_info\{/);
  });
});
