/** A plan, read as a case wants to read it. */
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { LedgerEntry, PolicyStatus } from '../../src/api/policy-status.ts';
import { nodeReasons } from '../../src/plan/node-reasons.ts';
import { planPolicy } from '../../src/plan/plan-policy.ts';
import { policyReasons } from '../../src/plan/policy-reasons.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import type { Plan, Step, StepName } from '../../src/plan/step.ts';
import { assertDocumented } from '../support/documented.ts';

export interface Planned {
  readonly plan: Plan;
  /** As it will be, written or not. */
  readonly status: PolicyStatus;
  readonly view: (node: string) => NodeViewStatus;
  /** `Draining: 2 pods have to leave`. */
  readonly says: (node: string) => string;
  /** Names of the steps of one node, `CreateTask` with its kind. */
  readonly steps: (node: string) => readonly string[];
  readonly step: <N extends StepName>(node: string, name: N) => Extract<Step, { do: N }>;
  readonly entry: (node: string) => LedgerEntry | undefined;
  readonly condition: (type: string) => string;
}

export function planned(snapshot: Snapshot, policyUID = 'uid-bottlerocket'): Planned {
  return reading(snapshot, planPolicy(snapshot, policyUID), policyUID);
}

export function reading(snapshot: Snapshot, plan: Plan, policyUID: string): Planned {
  const stored = snapshot.policies.find(({ uid }) => uid === policyUID)?.status;
  const status = plan.status ?? stored ?? { observedGeneration: -1 };
  const view = (node: string): NodeViewStatus =>
    plan.views.find((one) => one.node === node)?.status ?? snapshot.views.get(node)?.status ?? {};
  for (const { status: told } of plan.views) assertNodeTold(told);
  for (const { reason, message } of plan.status?.conditions ?? [])
    assertDocumented(reason, message, [policyReasons]);
  const stepsOf = (node: string): readonly Step[] => plan.steps.filter((step) => step.node === node);
  return {
    plan,
    status,
    view,
    says: (node) => `${view(node).state ?? '-'}: ${view(node).because ?? '-'}`,
    steps: (node) => stepsOf(node).map(titleOf),
    step: (node, name) => {
      const found = stepsOf(node).find((step) => step.do === name);
      if (found === undefined) throw new Error(`No ${name} among ${stepsOf(node).map(titleOf).join(', ')}`);
      return found as never;
    },
    entry: (node) => status.claims?.find((entry) => entry.node === node),
    condition: (type) => {
      const found = status.conditions?.find((condition) => condition.type === type);
      return found === undefined ? 'absent' : `${found.status} ${found.reason}`;
    },
  };
}

/** Reasons of tasks are theirs to document; so is the sentence beside the reason of a failed attempt. */
function assertNodeTold({ reason, because = '' }: NodeViewStatus): void {
  if (reason === undefined || !Object.hasOwn(nodeReasons, reason)) return;
  const own = because
    .replace(/^\S+,? .*; any reboot (?:activates|enters) it; /, '')
    .replace(/^said at its last inspection: [^;]*; /, '');
  const isAttempt = /^(?:\d+ of \d+ attempts failed, the last one|tries again after \S+): /.test(own);
  if (!isAttempt) assertDocumented(reason, own, [nodeReasons]);
}

export const titleOf = (step: Step): string =>
  step.do === 'CreateTask'
    ? `${step.request.task} task`
    : step.do === 'Evict'
      ? `Evict ${step.pod.name}`
      : step.do === 'Release'
        ? `Release${step.uncordon ? ' and uncordon' : ''}`
        : step.do;
