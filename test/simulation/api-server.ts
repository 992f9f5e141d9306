/** The API server's answers to the operator's requests: what each write demands, changes and refuses. Each takes effect at once. */
import { formatClaim, type Claim, type RebootOrder } from '../../src/api/claim.ts';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { claimKey, restoreKey } from '../../src/api/keys.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import { formatRestore, type RestoreNote } from '../../src/api/restore.ts';
import { taskRequest } from '../../src/api/task.ts';
import { hookJobName } from '../../src/adapters/kubernetes/hook-job.ts';
import type { HookFacts, NodeFacts, NodeView, PodFacts, PolicyFacts } from '../../src/plan/facts.ts';
import { matchingPdbs, pdbTitle } from '../../src/plan/pdb.ts';
import type { EvictionResult, HookJob, TaskPod } from '../../src/ports/cluster.ts';
import { ConflictError, NotFoundError } from '../../src/ports/errors.ts';
import type { ClusterState, StoredTask } from './cluster-state.ts';

export class ApiServer {
  readonly #state: ClusterState;
  readonly #now: () => number;
  #uids = 0;
  /** Pods that a webhook keeps from being evicted for now, by UID. */
  readonly webhooked = new Set<string>();

  constructor(state: ClusterState, now: () => number) {
    this.#state = state;
    this.#now = now;
  }

  uid(prefix: string): string {
    this.#uids += 1;
    return `${prefix}-${this.#uids}`;
  }

  putPolicyStatus(policy: PolicyFacts, status: PolicyStatus, by: string): PolicyFacts {
    const stored = this.#state.get('policies', policy.uid);
    if (stored === undefined || stored.resourceVersion !== policy.resourceVersion)
      throw new ConflictError(`policy ${policy.name} changed`);
    return this.#state.put('policies', policy.uid, { ...stored, status }, by);
  }

  putView(node: NodeFacts, view: NodeView | undefined, status: NodeViewStatus, by: string): NodeView {
    if (this.#state.kindsGone) throw new NotFoundError('there is no such kind');
    const stored = this.#state.get('views', node.name);
    if (view !== undefined && view.nodeUID === node.uid) {
      if (stored === undefined || stored.uid !== view.uid) throw new NotFoundError(`view ${node.name}`);
      if (stored.resourceVersion !== view.resourceVersion)
        throw new ConflictError(`view ${node.name} changed`);
      return this.#state.put('views', node.name, { ...stored, status }, by);
    }
    if (view !== undefined && stored?.uid === view.uid) this.#state.remove('views', node.name, by);
    else if (stored !== undefined) throw new ConflictError(`view ${node.name} exists`);
    const made = { name: node.name, uid: this.uid('view'), resourceVersion: '', nodeUID: node.uid, status };
    return this.#state.put('views', node.name, made, by);
  }

  deleteView(view: NodeView, by: string): void {
    if (this.#state.get('views', view.name)?.uid === view.uid) this.#state.remove('views', view.name, by);
  }

  claimNode(
    name: string,
    version: string,
    claim: Claim,
    annotations: Readonly<Record<string, string>>,
    by: string,
  ): NodeFacts {
    const node = this.#node(name, version);
    return this.#state.put(
      'nodes',
      name,
      {
        ...node,
        unschedulable: true,
        annotations: { ...node.annotations, ...annotations, [claimKey]: formatClaim(claim) },
      },
      by,
    );
  }

  orderReboot(name: string, version: string, claim: Claim, order: RebootOrder, by: string): NodeFacts {
    const node = this.#node(name, version);
    const annotations = { ...node.annotations, [claimKey]: formatClaim({ ...claim, order }) };
    return this.#state.put('nodes', name, { ...node, annotations }, by);
  }

  releaseNode(
    name: string,
    version: string,
    uncordon: boolean,
    remove: readonly string[],
    by: string,
  ): NodeFacts {
    const node = this.#node(name, version);
    const gone = new Set([claimKey, ...remove]);
    const annotations = Object.fromEntries(
      Object.entries(node.annotations).filter(([key]) => !gone.has(key)),
    );
    const unschedulable = uncordon ? false : node.unschedulable;
    return this.#state.put('nodes', name, { ...node, annotations, unschedulable }, by);
  }

  noteSettings(name: string, version: string, note: RestoreNote | undefined, by: string): NodeFacts {
    const node = this.#node(name, version);
    const { [restoreKey]: _former, ...rest } = node.annotations;
    const annotations = note === undefined ? rest : { ...rest, [restoreKey]: formatRestore(note) };
    return this.#state.put('nodes', name, { ...node, annotations }, by);
  }

  /** As the real one: Pods that budgets do not protect first, then the number of budgets, then the budget. */
  evict(pod: PodFacts, gracePeriodSeconds: number | undefined, by: string): EvictionResult {
    const stored = this.#state.get('pods', pod.uid);
    if (stored === undefined) return { kind: 'Gone' };
    if (stored.deletionTimestamp !== undefined) return { kind: 'Accepted' };
    if (this.webhooked.has(pod.uid))
      return { kind: 'Refused', refusal: { kind: 'Webhook', message: 'admission webhook denied' } };
    if (stored.phase === 'Running') {
      const [pdb, second] = matchingPdbs(stored, this.#state.all('pdbs'));
      if (second !== undefined)
        return {
          kind: 'Refused',
          refusal: { kind: 'Never', message: 'This pod has more than one PodDisruptionBudget' },
        };
      const exempt =
        pdb === undefined ||
        (!stored.ready &&
          (pdb.unhealthyPodEvictionPolicy === 'AlwaysAllow' ||
            (pdb.currentHealthy >= pdb.desiredHealthy && pdb.desiredHealthy > 0)));
      if (!exempt) {
        const title = pdbTitle(pdb);
        if (!pdb.current || pdb.disruptionsAllowed < 1)
          return {
            kind: 'Refused',
            refusal: { kind: 'Budget', pdb: pdb.name, message: `${title} allows no disruption` },
          };
        this.#state.change('pdbs', title, { disruptionsAllowed: pdb.disruptionsAllowed - 1 }, 'eviction');
      }
    }
    const grace = (gracePeriodSeconds ?? 30) * 1000;
    this.#state.put('pods', pod.uid, { ...stored, deletionTimestamp: this.#now() + grace }, by);
    return { kind: 'Accepted' };
  }

  listPodsOf(node: string): readonly PodFacts[] {
    return this.#state.all('pods').filter(({ nodeName }) => nodeName === node);
  }

  createTask(task: TaskPod, by: string): StoredTask {
    const podName = `task-${task.nodeUID}`;
    if (this.#state.get('tasks', podName) !== undefined) throw new ConflictError(`${podName} exists`);
    return this.#state.put(
      'tasks',
      podName,
      {
        podName,
        podUID: this.uid('task'),
        nodeUID: task.nodeUID,
        nodeName: task.node,
        policyUID: task.policyUID,
        task: task.task,
        attempt: task.attempt,
        asked: task.asked,
        terminal: false,
        deleting: false,
        answer: undefined,
        noAnswer: undefined,
        request: taskRequest.parse(JSON.parse(task.request)),
      },
      by,
    );
  }

  deleteTask(podName: string, podUID: string, by: string): void {
    const task = this.#state.get('tasks', podName);
    if (task?.podUID === podUID && !task.deleting)
      this.#state.put('tasks', podName, { ...task, deleting: true }, by);
  }

  taskExists(nodeUID: string): boolean {
    return this.#state.get('tasks', `task-${nodeUID}`) !== undefined;
  }

  createHook(job: HookJob, by: string): HookFacts {
    const jobName = hookJobName(job);
    if (this.#state.get('hooks', jobName) !== undefined) throw new ConflictError(`${jobName} exists`);
    return this.#state.put(
      'hooks',
      jobName,
      {
        jobName,
        jobUID: this.uid('job'),
        nodeUID: job.nodeUID,
        attempt: job.attempt,
        hook: job.hook,
        state: 'Running',
        message: '',
        deleting: false,
        // Times of objects are whole seconds.
        createdAt: Math.floor(this.#now() / 1000) * 1000,
        endedAt: undefined,
      },
      by,
    );
  }

  deleteHook(jobName: string, jobUID: string, by: string): void {
    if (this.#state.get('hooks', jobName)?.jobUID === jobUID) this.#state.remove('hooks', jobName, by);
  }

  takeExclusive(nodeUID: string): void {
    if (this.#state.exclusive !== undefined && this.#state.exclusive !== nodeUID)
      throw new ConflictError('containeros-exclusive is held by another node');
    this.#state.exclusive = nodeUID;
  }

  dropExclusive(nodeUID: string): void {
    if (this.#state.exclusive === nodeUID) this.#state.exclusive = undefined;
  }

  #node(name: string, version: string): NodeFacts {
    const node = this.#state.get('nodes', name);
    if (node === undefined) throw new NotFoundError(`node ${name}`);
    if (node.resourceVersion !== version) throw new ConflictError(`node ${name} changed`);
    return node;
  }
}
