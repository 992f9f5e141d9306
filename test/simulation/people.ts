/** People: what they do in the middle of a rollout, and how they put things right at the end. */
import { claimKey, holdKey, keepCordonedKey, retryKey, updateNowKey } from '../../src/api/keys.ts';
import { policySpec } from '../../src/api/policy-spec.ts';
import type { PolicyFacts } from '../../src/plan/facts.ts';
import { claimOf } from './invariants.ts';
import type { Machine } from './machine.ts';
import type { Deed } from './scenario.ts';
import type { Workloads } from './workloads.ts';
import type { World } from './world.ts';

const by = 'person';

class People {
  readonly #world: World;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #workloads: Workloads;
  readonly #specs = new Map<string, object>();
  /** Policies that went with their kind. */
  #gone: readonly string[] = [];
  #made = 0;

  constructor(world: World, machines: ReadonlyMap<string, Machine>, workloads: Workloads) {
    this.#world = world;
    this.#machines = machines;
    this.#workloads = workloads;
    for (const { name, spec } of world.scenario.policies) this.#apply(name, spec);
    for (const { at, what } of world.scenario.deeds) world.time.after(at, () => this.do(what));
    world.time.after(world.scenario.calmAt, () => this.#putRight());
  }

  do(what: Deed['what']): void {
    this.#world.tell(
      `person: ${Object.values(what)
        .map((part) => (typeof part === 'object' ? JSON.stringify(part) : part))
        .join(' ')}`,
    );
    const { state } = this.#world;
    switch (what.do) {
      case 'cordon': {
        // Cordoning a node that is being updated says nothing: it is cordoned already.
        const node = state.get('nodes', what.node);
        if (node !== undefined && claimOf(node) === undefined)
          state.change('nodes', what.node, { unschedulable: true }, by);
        break;
      }
      case 'uncordon':
        state.change('nodes', what.node, { unschedulable: false }, by);
        break;
      case 'hold':
        this.#annotate(what.node, holdKey, 'the quarter ends');
        break;
      case 'unhold':
        this.#annotate(what.node, holdKey, undefined);
        break;
      case 'keepCordoned':
        this.#annotate(what.node, keepCordonedKey, 'to be looked at');
        break;
      case 'updateNow':
        this.#annotate(what.node, updateNowKey, 'it cannot wait');
        break;
      case 'notNow':
        this.#annotate(what.node, updateNowKey, undefined);
        break;
      case 'retry':
        this.#annotate(what.node, retryKey, `try ${++this.#made}`);
        break;
      case 'remake':
        if (this.#machines.get(what.node)?.retired === true) break;
        state.remove('nodes', what.node, by);
        // Its view is owned by it.
        state.remove('views', what.node, 'garbage collector');
        this.#machines.get(what.node)?.register();
        break;
      case 'removeClaim':
        this.#annotate(what.node, claimKey, undefined);
        break;
      case 'deleteView':
        state.remove('views', what.node, by);
        break;
      case 'scaleDown':
        state.remove('nodes', what.node, by);
        state.remove('views', what.node, 'garbage collector');
        this.#machines.get(what.node)?.retire();
        this.#world.time.after(60_000, () => this.#collectPodsOf(what.node));
        break;
      case 'breakSpec':
        this.#changePolicy(what.policy, { spec: { invalid: 'rollout: a field of another version' } });
        break;
      case 'mendSpec':
        this.#apply(what.policy, this.#specs.get(what.policy) ?? {});
        break;
      case 'wipeStatus':
        this.#changePolicy(what.policy, { status: { observedGeneration: -1 } });
        break;
      case 'edit':
        this.#apply(what.policy, merge(this.#specs.get(what.policy) ?? {}, what.spec));
        break;
      case 'deletePolicy':
        for (const { name, uid } of state.all('policies'))
          if (name === what.policy) state.remove('policies', uid, by);
        break;
      case 'remakePolicy':
        this.#apply(what.policy, this.#specs.get(what.policy) ?? {});
        break;
      case 'pdb':
        this.#workloads.setBudget(what.workload, what.maxUnavailable);
        break;
      case 'offer': {
        const machine = this.#machines.get(what.node);
        if (machine !== undefined) machine.offer = what.version;
        break;
      }
      case 'gate':
        this.#world.gates.set(what.query, what.state);
        break;
      case 'condition':
        this.#machines.get(what.node)?.setCondition(what.type, what.status);
        break;
      case 'selfStage':
        this.#machines.get(what.node)?.stageByItself();
        break;
      case 'uninstall':
      case 'uninstallNoHooks':
      case 'install':
      case 'upgrade':
        for (const told of this.#world.onChart) told(what.do);
        break;
      case 'deleteKinds':
        this.#deleteKinds();
        break;
      case 'restoreKinds':
        this.#restoreKinds();
        break;
      case 'lock':
        this.#machines.get(what.node)?.lockBy(what.version);
        break;
    }
  }

  /** With `kubectl delete crd`: all objects of the kinds go first. */
  #deleteKinds(): void {
    const { state } = this.#world;
    if (state.kindsGone) return;
    this.#gone = state.all('policies').map(({ name }) => name);
    for (const { uid } of state.all('policies')) state.remove('policies', uid, by);
    for (const { name } of state.all('views')) state.remove('views', name, by);
    state.kindsGone = true;
  }

  #restoreKinds(): void {
    const { state } = this.#world;
    if (!state.kindsGone) return;
    state.kindsGone = false;
    for (const name of this.#gone) this.#apply(name, this.#specs.get(name) ?? {});
  }

  #annotate(name: string, key: string, value: string | undefined): void {
    const node = this.#world.state.get('nodes', name);
    if (node === undefined) return;
    const { [key]: _old, ...rest } = node.annotations;
    const annotations = value === undefined ? rest : { ...rest, [key]: value };
    this.#world.state.change('nodes', name, { annotations }, by);
  }

  /** What the garbage collector of Pods does with those of a Node that is gone. */
  #collectPodsOf(node: string): void {
    const { state } = this.#world;
    if (state.get('nodes', node) !== undefined) return;
    for (const pod of state.all('pods')) if (pod.nodeName === node) state.remove('pods', pod.uid, by);
    for (const task of state.all('tasks'))
      if (task.nodeName === node) state.remove('tasks', task.podName, by);
  }

  #changePolicy(name: string, fields: Partial<PolicyFacts>): void {
    const { state } = this.#world;
    for (const policy of state.all('policies'))
      if (policy.name === name) state.change('policies', policy.uid, fields, by);
  }

  #apply(name: string, spec: object): void {
    const { state, tell } = this.#world;
    const checked = policySpec.safeParse(spec);
    if (!checked.success) return tell(`policy ${name} is refused`);
    const parsed = checked.data;
    this.#specs.set(name, spec);
    if (state.kindsGone) return;
    const before = state.all('policies').find((policy) => policy.name === name);
    if (before !== undefined) {
      const generation = before.generation + 1;
      state.put('policies', before.uid, { ...before, spec: parsed, generation }, by);
      return;
    }
    const uid = `policy-${name}-${++this.#made}`;
    const status = { observedGeneration: -1 };
    state.put(
      'policies',
      uid,
      { name, uid, generation: 1, resourceVersion: '', spec: parsed, status, deleting: false },
      by,
    );
  }

  /** Everything a person can mend is mended, so that what stays broken is the operator's. */
  #putRight(): void {
    const { state, tell, time, api, gates } = this.#world;
    tell('people put everything right');
    for (const told of this.#world.onChart) told('install');
    this.#restoreKinds();
    for (const machine of this.#machines.values()) machine.repair();
    this.#workloads.mend();
    api.webhooked.clear();
    gates.openAll();
    for (const { name, spec, rightSpec } of this.#world.scenario.policies)
      this.#apply(
        name,
        merge(merge(spec, rightSpec ?? {}), {
          paused: false,
          mode: 'Apply',
          retry: { token: `calm-${name}` },
        }),
      );
    for (const { name } of state.all('nodes')) {
      this.#annotate(name, holdKey, undefined);
      this.#annotate(name, keepCordonedKey, undefined);
    }
    // Some attempts that had begun before still fail; a person who comes back finds and retries them.
    for (const after of [60_000, 1_800_000, 3_600_000, 5_400_000]) time.after(after, () => this.#lookAgain());
  }

  #lookAgain(): void {
    const { state } = this.#world;
    for (const machine of this.#machines.values()) machine.repair();
    for (const node of state.all('nodes')) {
      if (node.unschedulable && claimOf(node) === undefined) this.do({ do: 'uncordon', node: node.name });
      if (state.get('views', node.name)?.status.state === 'Failed') this.do({ do: 'retry', node: node.name });
    }
    for (const [name, spec] of this.#specs)
      if (
        state
          .all('policies')
          .some((policy) => policy.name === name && (policy.status.failures ?? []).length > 0)
      )
        this.#apply(name, merge(spec, { retry: { token: `again-${++this.#made}` } }));
  }
}

function merge(base: object, more: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(more) as [string, unknown][]) {
    const before = merged[key];
    // As in a merge PATCH.
    if (value === null) delete merged[key];
    else merged[key] = isPlain(value) ? merge(isPlain(before) ? before : {}, value) : value;
  }
  return merged;
}

const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Their policies are there at once, and what they do happens in its time. */
export const letPeopleAct = (
  world: World,
  machines: ReadonlyMap<string, Machine>,
  workloads: Workloads,
): People => new People(world, machines, workloads);
