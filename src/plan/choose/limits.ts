/** Tasks beside the rollout, of which only so many run at once: downloads ahead of the turn, and inspections. */
import { resolveCount } from '../../api/int-or-percent.ts';
import type { TaskFacts } from '../facts.ts';
import type { PolicyCase } from '../node-case.ts';
import { type Decided, isSupported } from '../owned-nodes.ts';
import type { Snapshot } from '../snapshot.ts';
import { stageSteps } from '../tasks.ts';
import type { Waves } from '../waves.ts';

/** Downloads ahead of the turn, as many at once as the policy lets, those of earlier waves first. */
export function limitPrefetch(
  shared: PolicyCase,
  { placeOf }: Pick<Waves, 'placeOf'>,
  decided: readonly Decided[],
): readonly Decided[] {
  const { snapshot, spec, policy } = shared;
  const total = decided.filter((one) => isSupported(one)).length;
  const free =
    resolveCount(spec.rollout.prefetch.maxConcurrent, total) -
    running(snapshot.tasks, 'Stage', policy.uid) -
    beginning(snapshot, decided);
  const granted = new Set(
    decided
      .filter(({ decision, node }) => decision.prefetch === true && !snapshot.busy.has(node.name))
      .toSorted((a, b) => placeOf(a.node) - placeOf(b.node))
      .slice(0, Math.max(0, free))
      .map(({ node }) => node.uid),
  );
  return decided.map((one) => {
    if (!granted.has(one.node.uid)) return one;
    const steps = stageSteps(
      shared,
      one.node,
      one.decision.seen,
      undefined,
      shared.rules.stageIsActivation
        ? one.decision.because
        : `${one.decision.target ?? 'a newer version'} is available, and prefetch is on`,
    );
    return { ...one, decision: { ...one.decision, steps: [...one.decision.steps, ...steps] } };
  });
}

/** Inspect Pods, as many at once as the operator lets, over all policies. */
export function limitInspects({ snapshot }: PolicyCase, decided: readonly Decided[]): readonly Decided[] {
  let free = snapshot.settings.maxInspects - running(snapshot.tasks, 'Inspect') - beginning(snapshot);
  return decided.map((one) => {
    const { inspect } = one.decision;
    // A node that is staged in this very pass is not inspected beside it.
    if (
      inspect === undefined ||
      free <= 0 ||
      snapshot.busy.has(one.node.name) ||
      one.decision.steps.some((step) => step.do === 'CreateTask')
    )
      return one;
    free -= 1;
    return { ...one, decision: { ...one.decision, steps: [...one.decision.steps, inspect] } };
  });
}

const running = (tasks: ReadonlyMap<string, TaskFacts>, kind: string, policyUID?: string): number =>
  [...tasks.values()].filter(
    (task) =>
      task.task === kind && !task.terminal && (policyUID === undefined || task.policyUID === policyUID),
  ).length;

/** Nodes on which a Pod is perhaps being made just now: it counts before it shows. */
const beginning = ({ busy, nodes, tasks }: Snapshot, among?: readonly Decided[]): number =>
  [...busy].filter((name) => {
    const uid = nodes.get(name)?.uid;
    const counts = among === undefined || among.some(({ node }) => node.name === name);
    return counts && uid !== undefined && !tasks.has(uid);
  }).length;
