/** The people's Pods: controllers that replace them, the scheduler, graceful stops, DaemonSets, and the disruption controller. */
import type { PdbFacts, PodFacts } from '../../src/plan/facts.ts';
import type { Machine } from './machine.ts';
import type { Random } from './random.ts';
import type { WorkloadSpec } from './scenario.ts';
import type { World } from './world.ts';

export class Workloads {
  readonly #world: World;
  readonly #machines: ReadonlyMap<string, Machine>;
  readonly #random: Random;
  readonly #ending = new Set<string>();
  readonly #budgets = new Map<string, number>();
  /** Pods that stay not Ready until somebody mends them. */
  readonly #silent = new Set<string>();
  #mended = false;
  #counting = false;
  #made = 0;

  constructor(world: World, machines: ReadonlyMap<string, Machine>) {
    this.#world = world;
    this.#machines = machines;
    this.#random = world.random('workloads');
    for (const spec of world.scenario.workloads) this.#begin(spec);
    this.#count();
    world.state.onChange(({ kind, key, before, after }) => {
      if (kind === 'pods') {
        this.#countSoon();
        const pod = after as PodFacts | undefined;
        if (pod?.deletionTimestamp !== undefined) this.#end(pod);
        if (pod === undefined || pod.deletionTimestamp !== undefined) this.#replaceSoon(before as PodFacts);
      } else if (kind === 'nodes' && before !== undefined && after !== undefined) this.#nodeChanged(key);
    });
    for (const machine of machines.values())
      machine.on(
        () => undefined,
        () => this.#booted(machine),
      );
  }

  setBudget(workload: string, maxUnavailable: number): void {
    for (const title of this.#budgets.keys())
      if (title.startsWith(`default/${workload}-pdb`)) this.#budgets.set(title, maxUnavailable);
    this.#count();
  }

  #begin(spec: WorkloadSpec): void {
    const names = [...this.#machines.keys()].filter(
      (name) => this.#world.state.get('nodes', name) !== undefined,
    );
    if (spec.daemon === true) for (const name of names) this.#create(spec, name, true);
    else
      for (let i = 0; i < spec.replicas; i++) {
        const name = names[(i + this.#random.int(0, 1)) % names.length];
        if (name !== undefined) this.#create(spec, name, true);
      }
    const titles = spec.pdb === undefined ? [] : spec.secondPdb === true ? ['pdb', 'pdb-2'] : ['pdb'];
    for (const title of titles) {
      this.#budgets.set(`default/${spec.name}-${title}`, spec.pdb ?? 0);
      const pdb: PdbFacts = {
        namespace: 'default',
        name: `${spec.name}-${title}`,
        selector: { matchLabels: { app: spec.name } },
        disruptionsAllowed: 0,
        currentHealthy: 0,
        desiredHealthy: 0,
        current: true,
        unhealthyPodEvictionPolicy: this.#random.chance(0.5) ? 'AlwaysAllow' : 'IfHealthyBudget',
      };
      this.#world.state.put('pdbs', `default/${pdb.name}`, pdb, 'user');
    }
  }

  #create(spec: WorkloadSpec, node: string, ready: boolean): void {
    this.#made += 1;
    const uid = `pod-${spec.name}-${this.#made}`;
    const pod: PodFacts = {
      namespace: 'default',
      name: `${spec.name}-${this.#made}`,
      uid,
      nodeName: node,
      labels: { app: spec.name },
      controller:
        spec.bare === true
          ? undefined
          : {
              kind: spec.daemon === true ? 'DaemonSet' : 'ReplicaSet',
              name: spec.name,
              uid: `owner-${spec.name}`,
            },
      mirror: false,
      phase: ready ? 'Running' : 'Pending',
      ready,
      readySince: this.#world.time.now,
      emptyDir: false,
      finalizers: [],
      deletionTimestamp: undefined,
      doNotEvictBefore: undefined,
    };
    this.#world.state.put('pods', uid, pod, 'controller');
    if (!ready) this.#readySoon(uid);
  }

  #readySoon(uid: string): void {
    this.#world.time.after(this.#random.int(500, 4000), () => {
      const pod = this.#world.state.get('pods', uid);
      const machine = this.#machines.get(pod?.nodeName ?? '');
      if (pod === undefined || pod.deletionTimestamp !== undefined || machine?.up !== true) return;
      if (!pod.ready && !this.#silent.has(uid))
        this.#world.state.put(
          'pods',
          uid,
          { ...pod, phase: 'Running', ready: true, readySince: this.#world.time.now },
          'kubelet',
        );
    });
  }

  /** Stops at its own pace, but not while its machine is down. */
  #end(pod: PodFacts): void {
    if (this.#ending.has(pod.uid)) return;
    this.#ending.add(pod.uid);
    const spec = this.#specOf(pod);
    const grace = Math.max(0, (pod.deletionTimestamp ?? 0) - this.#world.time.now);
    const stop = (): void => {
      if (this.#machines.get(pod.nodeName)?.up === true) this.#world.state.remove('pods', pod.uid, 'kubelet');
      else this.#world.time.after(5000, stop);
    };
    this.#world.time.after(Math.min(grace, spec?.stops ?? 1000), stop);
  }

  #replaceSoon(pod: PodFacts | undefined): void {
    const spec = pod === undefined ? undefined : this.#specOf(pod);
    if (pod === undefined || spec === undefined || spec.bare === true || spec.daemon === true) return;
    this.#world.time.after(this.#random.int(50, 400), () => this.#replace(spec, pod.nodeName));
  }

  #replace(spec: WorkloadSpec, left: string): void {
    const there = this.#world.state
      .all('pods')
      .filter(
        ({ labels, deletionTimestamp }) => labels['app'] === spec.name && deletionTimestamp === undefined,
      );
    if (there.length >= spec.replicas) return;
    const nodes = this.#world.state
      .all('nodes')
      .filter(
        ({ ready, unschedulable }) => ready && (!unschedulable || (spec.comesBack === true && !this.#mended)),
      );
    if (nodes.length === 0) this.#world.time.after(5000, () => this.#replace(spec, left));
    else {
      const same = spec.comesBack === true && nodes.some(({ name }) => name === left);
      this.#create(spec, same ? left : this.#random.pick(nodes).name, false);
    }
  }

  #specOf({ labels }: PodFacts): WorkloadSpec | undefined {
    return this.#world.scenario.workloads.find(({ name }) => name === labels['app']);
  }

  #nodeChanged(name: string): void {
    if (this.#world.state.get('nodes', name)?.ready !== true) return;
    for (const pod of this.#machines.get(name)?.pods() ?? [])
      if (!pod.ready && !this.#silent.has(pod.uid)) this.#readySoon(pod.uid);
  }

  #booted(machine: Machine): void {
    for (const pod of machine.pods()) {
      if (pod.ready)
        this.#world.state.put(
          'pods',
          pod.uid,
          { ...pod, ready: false, readySince: this.#world.time.now },
          'kubelet',
        );
      this.#comeBack(pod);
    }
  }

  #comeBack(pod: PodFacts): void {
    if (pod.controller?.kind === 'DaemonSet' && this.#random.chance(this.#world.rate('daemonSilent')))
      this.#silent.add(pod.uid);
    if (!this.#silent.has(pod.uid)) this.#readySoon(pod.uid);
  }

  /** People make silent Pods work again. */
  mend(): void {
    const { state, scenario } = this.#world;
    this.#silent.clear();
    this.#mended = true;
    for (const { name, secondPdb, bare } of scenario.workloads) {
      this.setBudget(name, 1);
      if (secondPdb === true) this.#budgets.delete(`default/${name}-pdb-2`);
      if (secondPdb === true) state.remove('pdbs', `default/${name}-pdb-2`, 'person');
      if (bare === true)
        for (const pod of state.all('pods'))
          if (pod.labels['app'] === name) state.remove('pods', pod.uid, 'person');
    }
    for (const pod of this.#world.state.all('pods')) if (!pod.ready) this.#readySoon(pod.uid);
  }

  #countSoon(): void {
    if (this.#counting) return;
    this.#counting = true;
    this.#world.time.after(this.#random.int(20, 200), () => {
      this.#counting = false;
      this.#count();
    });
  }

  /** The disruption controller. */
  #count(): void {
    const pods = this.#world.state.all('pods');
    for (const [title, maxUnavailable] of this.#budgets) {
      const pdb = this.#world.state.get('pdbs', title);
      const app =
        pdb !== undefined && pdb.selector !== 'None' ? pdb.selector.matchLabels?.['app'] : undefined;
      const spec = this.#world.scenario.workloads.find(({ name }) => name === app);
      if (pdb === undefined || spec === undefined) continue;
      const healthy = pods.filter(
        ({ labels, ready, deletionTimestamp }) =>
          labels['app'] === app && ready && deletionTimestamp === undefined,
      ).length;
      const desired = Math.max(0, spec.replicas - maxUnavailable);
      const allowed = Math.max(0, healthy - desired);
      if (
        pdb.disruptionsAllowed !== allowed ||
        pdb.currentHealthy !== healthy ||
        pdb.desiredHealthy !== desired
      )
        this.#world.state.put(
          'pdbs',
          title,
          { ...pdb, disruptionsAllowed: allowed, currentHealthy: healthy, desiredHealthy: desired },
          'disruption controller',
        );
    }
  }
}
