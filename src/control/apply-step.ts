/** A step becomes one request (the order: a list and a write). The table is complete by type: a step that nobody applies does not compile. */
import type { OsName } from '../api/os.ts';
import type { Settings } from '../plan/settings.ts';
import type { EvictionMemory, EvictionRefusal } from '../plan/snapshot.ts';
import type { Step, StepName } from '../plan/step.ts';
import { podTitle } from '../plan/drain.ts';
import { hookTask, hookTitle } from '../plan/hooks.ts';
import type { Clock } from '../ports/clock.ts';
import type { ClusterReader, ClusterWriter, Guard } from '../ports/cluster.ts';
import { ConflictError, ForbiddenError, InvalidError, StaleError } from '../ports/errors.ts';
import type { OsAdapter } from '../ports/os-adapter.ts';
import { createLimiter } from './limiter.ts';
import type { Memory } from './memory.ts';
import { backOff, type NoAnswerToTask } from './task-memory.ts';
import type { ViewWriter } from './view-writer.ts';

export interface ApplyOptions {
  readonly reader: Pick<ClusterReader, 'pods'>;
  readonly writer: ClusterWriter;
  readonly memory: Memory;
  readonly views: Pick<ViewWriter, 'views'>;
  readonly clock: Clock;
  readonly adapters: Readonly<Record<OsName, OsAdapter>>;
  readonly settings: Settings;
  readonly handOver: () => void;
  /** Counts answers of the Eviction API. */
  readonly evicted: (result: string) => void;
  /** Over all nodes; the others wait. */
  readonly evictionsAtOnce: number;
}

type Appliers = { readonly [K in StepName]: (step: Extract<Step, { do: K }>, guard: Guard) => Promise<void> };

export function createApplier(options: ApplyOptions): (step: Step, guard: Guard) => Promise<void> {
  const { writer, memory, views, clock, adapters, settings } = options;
  const inTurn = createLimiter(options.evictionsAtOnce);
  const later = (gone: NoAnswerToTask): void => {
    backOff(memory, gone, views.views(), settings, clock.now());
  };
  const appliers: Appliers = {
    Preview: async ({ node, nodeUID }) => {
      const pods = await writer.listPodsOf(node);
      memory.previews.set(node, { at: clock.now(), nodeUID, pods });
    },
    TakeExclusive: (step, guard) => writer.takeExclusive(step.nodeUID, guard),
    DropExclusive: (step) => writer.dropExclusive(step.nodeUID),
    Claim: (step, guard) =>
      writer.claimNode(step.node, step.resourceVersion, step.claim, step.annotations, guard),
    Evict: (step, guard) => evict(step, guard, options, inTurn),
    Order: async ({ node, resourceVersion, claim, order, leaves }, guard) => {
      const left = (await writer.listPodsOf(node)).find((pod) => leaves(pod));
      // The watch was behind: the next pass sees this Pod and evicts it.
      if (left !== undefined) throw new ConflictError(`${podTitle(left)} is on the node after all`);
      await writer.orderReboot(node, resourceVersion, claim, order, guard);
    },
    CreateTask: async (step, guard) => {
      const { node, nodeUID, policyUID, attempt, asked, request, deadlineSeconds } = step;
      try {
        await writer.createTask(
          {
            node,
            nodeUID,
            policyUID,
            attempt,
            asked,
            task: request.task,
            request: JSON.stringify(request),
            deadlineSeconds,
            needs: adapters[request.os].podNeeds(request.task, request.options),
          },
          guard,
        );
      } catch (error) {
        // Refused by admission or by rights: said on the node and tried again later, not an operator's failure.
        if (!(error instanceof InvalidError) && !(error instanceof ForbiddenError)) throw error;
        const because = `its ${request.task} task was refused: ${error.message}`;
        later({ node, nodeUID, task: request.task, because });
      }
    },
    DeleteTask: async ({ podName, podUID, node, nodeUID, task, backOff: because, reason, wait }) => {
      await writer.deleteTask(podName, podUID);
      memory.deletedTasks.add(podUID);
      if (because === undefined) memory.taskMemory.delete(nodeUID);
      else later({ node, nodeUID, task, because, reason, wait });
    },
    CreateHook: async (step, guard) => {
      const { node, nodeUID, hook, attempt } = step;
      const task = hookTask(hook, attempt);
      try {
        await writer.createHook(step, guard);
        if (memory.taskMemory.get(nodeUID)?.task === task) memory.taskMemory.delete(nodeUID);
      } catch (error) {
        // As with a task.
        if (!(error instanceof InvalidError) && !(error instanceof ForbiddenError)) throw error;
        later({ node, nodeUID, task, because: `${hookTitle(hook)} was refused: ${error.message}` });
      }
    },
    DeleteHook: async ({ jobName, jobUID }) => {
      await writer.deleteHook(jobName, jobUID);
      memory.deletedHooks.add(jobUID);
    },
    Release: async ({ node, nodeUID, resourceVersion, uncordon, remove, onlyWithoutTask }) => {
      if (onlyWithoutTask && (await writer.taskExists(nodeUID)))
        throw new ConflictError('a task Pod of this node is there after all');
      await writer.releaseNode(node, resourceVersion, uncordon, remove);
    },
    Remember: (step, guard) => writer.noteSettings(step.node, step.resourceVersion, step.note, guard),
    Forget: (step, guard) => writer.noteSettings(step.node, step.resourceVersion, undefined, guard),
    HandOver: () => {
      options.handOver();
      return Promise.resolve();
    },
  };
  const applyOne = <K extends StepName>(step: Extract<Step, { do: K }>, guard: Guard): Promise<void> => {
    const name: K = step.do;
    return appliers[name](step, guard);
  };
  return (step, guard) => applyOne(step, guard);
}

async function evict(
  step: Extract<Step, { do: 'Evict' }>,
  guard: Guard,
  options: ApplyOptions,
  inTurn: ReturnType<typeof createLimiter>,
): Promise<void> {
  const { memory, clock, writer, settings, reader } = options;
  const { node, pod, gracePeriodSeconds } = step;
  // The server refuses a UID that is gone, and counts it against the budget for minutes all the same.
  const present: Guard = () => {
    guard();
    const shown = reader.pods().get(node) ?? [];
    if (!shown.some(({ uid }) => uid === pod.uid))
      throw new StaleError(`${podTitle(pod)} is not shown on the node any more`);
  };
  const before = memory.evictions.get(pod.uid);
  if (before?.kind === 'Sent' || before?.kind === 'Accepted')
    throw new StaleError(`${podTitle(pod)} is being evicted already`);
  const first = memory.firstPods(node, () => reader.pods().get(node) ?? [pod]);
  const refused = before?.kind === 'Refused' ? { refused: before.refusal } : {};
  // Before it waits for its turn: the passes meanwhile must not queue it once more.
  memory.eviction(node, pod, { kind: 'Sent', at: clock.now(), ...refused });
  let next: EvictionMemory | undefined = before;
  try {
    const result = await inTurn(() => writer.evict(pod, gracePeriodSeconds, present));
    options.evicted(result.kind === 'Refused' ? result.refusal.kind : result.kind);
    const now = clock.now();
    if (result.kind === 'Accepted') {
      next = { kind: 'Accepted', at: now };
      if (pod.controller !== undefined && !first.has(pod.uid)) memory.cameBack(node, pod.controller.uid);
    } else if (result.kind === 'Gone') next = { kind: 'Accepted', at: now };
    else {
      const since =
        before?.kind === 'Refused' && before.refusal.kind === result.refusal.kind ? before.since : now;
      next = {
        kind: 'Refused',
        refusal: result.refusal,
        at: now,
        since,
        notBefore: now + retryWait(result.refusal, now - since, settings),
      };
    }
  } finally {
    memory.eviction(node, pod, next);
  }
}

/** How long the same Pod is left in peace, in milliseconds. */
function retryWait(refusal: EvictionRefusal, refusedFor: number, settings: Settings): number {
  switch (refusal.kind) {
    case 'Budget':
      return settings.evictionBudgetRetry;
    case 'Webhook':
      return settings.evictionWebhookRetry;
    case 'NamespaceTerminating':
      return 5000;
    case 'Overload':
      return refusal.retryAfterSeconds * 1000;
    case 'Never':
      return settings.evictionBudgetRetry;
    case 'Other':
      return Math.min(60_000, Math.max(2000, refusedFor));
  }
}
