/** One pass: observe, plan, write the status, then the steps. The status goes first: intent is on record before any effect. */
import { ledgerDiffers } from '../plan/gates.ts';
import type { Plan, Step, ViewWrite } from '../plan/step.ts';
import { planOrphans } from '../plan/plan-orphans.ts';
import { planPolicy } from '../plan/plan-policy.ts';
import type { Snapshot } from '../plan/snapshot.ts';
import { earliest } from '../plan/text.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader, ClusterWriter, Guard } from '../ports/cluster.ts';
import { StaleError } from '../ports/errors.ts';
import type { Leadership } from '../ports/leadership.ts';
import type { GateReadings } from './gate-readings.ts';
import type { Memory } from './memory.ts';
import type { Narrator } from './narrator.ts';
import type { ViewWriter } from './view-writer.ts';

/** The key of the pass over what belongs to no policy; others are UIDs of policies. */
export const orphansKey = 'orphans';

/** A request is sent at most so long after the clock was read that its plan was made with. Milliseconds. */
const guardWindow = 1000;

/** A policy's story of the moment is written at most so often. Milliseconds. */
const statusGatherMs = 1000;

export interface ReconcileOptions {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  readonly leadership: Pick<Leadership, 'assertLeading'>;
  readonly memory: Memory;
  readonly gates: Pick<GateReadings, 'ask' | 'keep' | 'ledgerChanges'>;
  readonly views: ViewWriter;
  readonly clock: Clock;
  readonly narrator: Narrator;
  readonly observe: (key: string) => Snapshot;
  readonly apply: (step: Step, guard: Guard) => Promise<void>;
  /** Something about this key should be planned again. */
  readonly again: (key: string) => void;
  /** A write failed: it is told unless expected, and the key is planned again after a wait. */
  readonly failed: (key: string, what: string, error: unknown) => void;
}

export type Reconcile = (key: string) => Promise<{ readonly wakeInMs: number | undefined }>;

export function createReconcile(options: ReconcileOptions): Reconcile {
  const { reader, writer, leadership, memory, gates, views, clock, narrator, observe } = options;
  const lastStatus = new Map<string, number>();
  const versionOf = (node: string): string => reader.views().get(node)?.resourceVersion ?? '';
  return async (key) => {
    const readAt = clock.monotonic();
    const guard: Guard = () => {
      leadership.assertLeading();
      if (clock.monotonic() - readAt > guardWindow) throw new StaleError('The clock was read too long ago');
    };
    const snapshot = observe(key);
    const plan = key === orphansKey ? planOrphans(snapshot) : planPolicy(snapshot, key);
    // The snapshot follows the caches: what the views were planned from is noted before anything is awaited.
    const plannedFrom = new Map(plan.views.map(({ node }) => [node, versionOf(node)]));
    const policy = snapshot.policies.find(({ uid }) => uid === key);
    let statusInMs: number | undefined;
    // While the status is written passes over other policies must not give away again what this one has taken of the limits.
    memory.intend(
      key,
      plan.steps.flatMap((step) => (step.do === 'CreateTask' ? [step.node] : [])),
    );
    try {
      if (plan.status !== undefined && policy !== undefined) {
        const waitMs = plan.statusUrgent
          ? 0
          : (lastStatus.get(key) ?? Number.NEGATIVE_INFINITY) + statusGatherMs - readAt;
        if (waitMs > 0) statusInMs = waitMs;
        else {
          if (ledgerDiffers(policy.status.claims, plan.status.claims)) gates.ledgerChanges(key);
          await writer.putPolicyStatus(policy, plan.status, guard);
          lastStatus.set(key, clock.monotonic());
        }
      }
      const present = new Set([orphansKey, ...snapshot.policies.map(({ uid }) => uid)]);
      memory.keep(present);
      gates.keep(present);
      for (const known of lastStatus.keys()) if (!present.has(known)) lastStatus.delete(known);
      memory.refuse(key, plan.refused, snapshot.now);
      reader.watchPodsOf(memory.watch(key, plan.watchPods));
      gates.ask(key, plan.askGates);
      narrator.tell(snapshot, plan, key);
      for (const announcement of plan.announcements) writer.announce(announcement);
      dispatch(key, plan, plannedFrom, guard);
    } finally {
      memory.intend(key, []);
    }
    for (const name of plan.staleViews) {
      const view = reader.views().get(name);
      if (view !== undefined) await writer.deleteView(view);
    }
    return {
      wakeInMs: earliest(statusInMs, plan.wakeAt === undefined ? undefined : plan.wakeAt - snapshot.now),
    };
  };

  function dispatch(key: string, plan: Plan, plannedFrom: ReadonlyMap<string, string>, guard: Guard): void {
    // While the status was written another policy's pass may have recorded something in a view: that is not to be overwritten.
    const outdated = plan.views.filter(({ node }) => versionOf(node) !== plannedFrom.get(node));
    if (outdated.length > 0) options.again(key);
    const current = plan.views.filter((view) => !outdated.includes(view));
    const urgent = new Map(current.filter((view) => view.urgent).map((view) => [view.node, view]));
    for (const view of current) if (!view.urgent) views.gather(view);
    const unrecorded = new Set(outdated.filter((view) => view.urgent).map(({ node }) => node));
    const byNode = Map.groupBy(
      plan.steps.filter(({ node }) => !unrecorded.has(node)),
      (step) => step.node,
    );
    for (const node of new Set([...byNode.keys(), ...urgent.keys()])) {
      const steps = byNode.get(node) ?? [];
      const inTurn = steps.filter((step) => step.do !== 'Evict');
      for (const step of steps)
        if (step.do === 'Evict') void run(key, step, node, () => options.apply(step, guard));
      if (inTurn.length > 0 || urgent.has(node)) void runInTurn(key, node, inTurn, urgent.get(node), guard);
    }
  }

  /** The steps of one node, one after another; the first that fails ends the turn: what follows was planned on its success. */
  async function runInTurn(
    key: string,
    node: string,
    steps: readonly Step[],
    view: ViewWrite | undefined,
    guard: Guard,
  ): Promise<void> {
    if (memory.busy.has(node)) return;
    memory.busy.add(node);
    let done = true;
    if (view !== undefined) done = await run(key, undefined, node, () => views.write(view));
    for (const step of steps) {
      if (!done) break;
      done = await run(key, step, node, () => options.apply(step, guard));
    }
    memory.busy.delete(node);
    if (done) options.again(key);
  }

  /** Whether it was done; a failure is told, and makes the key wait before it is planned again. */
  async function run(
    key: string,
    step: Step | undefined,
    node: string,
    apply: () => Promise<void>,
  ): Promise<boolean> {
    try {
      await apply();
      if (step !== undefined) narrator.did(step);
      if (step?.do === 'Evict') options.again(key);
      return true;
    } catch (error) {
      options.failed(key, step === undefined ? `View of ${node}` : `${step.do} of ${node}`, error);
      return false;
    }
  }
}
