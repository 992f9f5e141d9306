/** A simulated machine: its operating system, its boots, and the Node object that its kubelet keeps. */
import { osAdapters } from '../../src/adapters/os/index.ts';
import type { HostSettings, Pins } from '../../src/api/restore.ts';
import type { NodeFacts, PodFacts } from '../../src/plan/facts.ts';
import { bottlerocketImage, cosImage } from '../support/builders.ts';
import type { MachineSpec } from './scenario.ts';
import type { Random } from './random.ts';
import type { World } from './world.ts';

/** The node controller calls a silent node NotReady after so long. */
const gracePeriod = 40_000;

export class Machine {
  readonly name: string;
  readonly spec: MachineSpec;
  readonly random: Random;
  readonly #world: World;
  #generation = 0;
  #boot = 1;
  up = true;
  retired = false;
  running: string;
  offer: string;
  /** In force. */
  settings: HostSettings;
  /** As people want them. */
  own: HostSettings;
  staged: string | undefined;
  activated = false;
  /** Ends the reboot that was accepted and has not begun. */
  #cancelReboot: (() => void) | undefined;
  #ghost = false;
  #conditions: NodeFacts['conditions'] = {};
  readonly #listeners: { readonly down: () => void; readonly booted: () => void }[] = [];

  constructor(world: World, spec: MachineSpec) {
    this.#world = world;
    this.name = spec.name;
    this.spec = spec;
    this.running = spec.version;
    this.offer = spec.offer;
    this.own = { 'version-lock': spec.lock ?? 'latest', 'ignore-waves': false };
    this.settings = this.own;
    this.random = world.random(`machine ${spec.name}`);
    this.#mendConditions();
    if (spec.joinsAt === undefined) this.register();
    else this.#joinLater(spec.joinsAt);
  }

  #joinLater(after: number): void {
    this.up = false;
    this.#world.time.after(after, () => {
      if (this.retired) return;
      this.#world.tell(`${this.name} joins the cluster`);
      this.up = true;
      this.register();
    });
  }

  get bootID(): string {
    return `boot-${this.name}-${this.#boot}`;
  }

  get clock(): number {
    return this.#world.time.now + (this.spec.clockAhead ?? 0);
  }

  on(down: () => void, booted: () => void): void {
    this.#listeners.push({ down, booted });
  }

  /** A new Node object, as after `kubectl delete node`. */
  register(): void {
    this.#generation += 1;
    const node: NodeFacts = {
      name: this.name,
      uid: `${this.name}-${this.#generation}`,
      resourceVersion: '',
      labels: {
        ...this.spec.labels,
        ...(this.spec.controlPlane === true ? { 'node-role.kubernetes.io/control-plane': '' } : {}),
      },
      annotations: {},
      unschedulable: false,
      taints: [],
      deleting: false,
      ready: this.up,
      readySince: this.#world.time.now,
      conditions: this.#conditions,
      bootID: this.bootID,
      osImage: this.#image(),
      kubeletVersion: 'v1.34.1',
      architecture: 'amd64',
    };
    this.#world.state.put('nodes', this.name, node, 'kubelet');
  }

  /** What its repository lists for it, the newest first. */
  listed(): readonly string[] {
    const { older = [], gated = false, os } = this.spec;
    const hidden = gated && !this.settings['ignore-waves'];
    const all = [...(hidden ? [] : [this.offer]), this.running, this.spec.version, ...older];
    return [...new Set(all)].toSorted((a, b) => osAdapters[os].compareVersions(b, a));
  }

  /** What of it is newer than what runs. */
  newer(): string[] {
    const { compareVersions } = osAdapters[this.spec.os];
    return this.listed().filter((version) => compareVersions(version, this.running) > 0);
  }

  /** What a refresh chooses. */
  chosen(): string | undefined {
    const lock = this.settings['version-lock'];
    return lock === 'latest' ? this.listed()[0] : this.listed().find((version) => version === lock);
  }

  /** A task changes settings of the host. */
  change(change: Pins): void {
    const before = this.settings;
    this.settings = { ...before, ...change };
    for (const listener of this.#world.onPinned) listener(this.name, before, this.settings);
  }

  /** As update_engine does where its own timer is on. */
  stageByItself(): void {
    if (this.spec.os !== 'ContainerOptimizedOS' || !this.up || this.running === this.offer) return;
    this.staged = this.offer;
  }

  /** A person does. */
  lockBy(version: string): void {
    this.settings = { ...this.settings, 'version-lock': version };
    this.own = { ...this.own, 'version-lock': version };
  }

  /** What a reboot call that was accepted leads to. */
  acceptReboot(attempt: string | undefined): void {
    const { time, rate } = this.#world;
    if (this.random.chance(rate('rebootIgnored'))) return;
    const late = this.random.chance(rate('rebootLate'));
    const wait = late ? this.random.int(30_000, 300_000) : this.random.int(300, 3000);
    this.#cancelReboot?.();
    this.#cancelReboot = time.after(wait, () => {
      for (const listener of this.#world.onOrderedReboot) listener(this.name, attempt);
      this.goDown();
    });
  }

  goDown(): void {
    if (!this.up) return;
    const { time, rate, tell } = this.#world;
    this.#cancelReboot?.();
    this.#cancelReboot = undefined;
    this.up = false;
    tell(`${this.name} goes down`);
    for (const { down } of this.#listeners) down();
    const boot = this.#boot;
    time.after(gracePeriod, () => {
      if (!this.up && this.#boot === boot) this.setReady(false);
    });
    if (this.random.chance(rate('neverReturns'))) {
      this.#ghost = true;
      return;
    }
    const slow = this.random.chance(rate('slowBoot'));
    const [least, most] = this.spec.boots ?? [8000, 90_000];
    time.after(slow ? this.random.int(400_000, 2_000_000) : this.random.int(least, most), () =>
      this.comeUp(),
    );
  }

  /** The machine is given back: it never comes up again. */
  retire(): void {
    this.retired = true;
    this.#cancelReboot?.();
    if (this.up) for (const { down } of this.#listeners) down();
    this.up = false;
  }

  /** A person presses the button of a machine that never came back. */
  repair(): void {
    this.#mendConditions();
    if (this.#ghost) this.comeUp();
  }

  comeUp(): void {
    if (this.up || this.retired) return;
    const { time, rate, tell } = this.#world;
    this.up = true;
    this.#ghost = false;
    this.#boot += 1;
    const enters = this.staged !== undefined && (this.activated || this.spec.os === 'ContainerOptimizedOS');
    if (enters && !this.random.chance(rate('fallsBack'))) this.running = this.staged ?? this.running;
    this.staged = undefined;
    this.activated = false;
    tell(`${this.name} is up on ${this.running}`);
    const flaps = this.random.chance(rate('flaps'));
    this.#world.state.change(
      'nodes',
      this.name,
      { bootID: this.bootID, osImage: this.#image(), ready: !flaps, readySince: time.now },
      'kubelet',
    );
    if (flaps)
      for (const [after, ready] of [
        [4000, true],
        [7000, false],
        [15_000, true],
      ] as const)
        time.after(after, () => this.setReady(ready));
    for (const { booted } of this.#listeners) booted();
  }

  setReady(ready: boolean): void {
    const node = this.#world.state.get('nodes', this.name);
    if (node === undefined || node.ready === ready || (ready && !this.up)) return;
    this.#world.state.change('nodes', this.name, { ready, readySince: this.#world.time.now }, 'kubelet');
    if (!ready)
      for (const pod of this.pods())
        if (pod.ready)
          this.#world.state.change(
            'pods',
            pod.uid,
            { ready: false, readySince: this.#world.time.now },
            'node controller',
          );
  }

  setCondition(type: string, status: 'True' | 'False'): void {
    if (this.#conditions[type]?.status === status) return;
    this.#conditions = { ...this.#conditions, [type]: { status, since: this.#world.time.now } };
    this.#world.state.change('nodes', this.name, { conditions: this.#conditions }, 'kubelet');
  }

  #mendConditions(): void {
    for (const [type, status] of Object.entries(this.spec.conditions ?? {})) this.setCondition(type, status);
  }

  pods(): PodFacts[] {
    return this.#world.state.all('pods').filter(({ nodeName }) => nodeName === this.name);
  }

  #image(): string {
    return this.spec.os === 'Bottlerocket' ? bottlerocketImage(this.running) : cosImage;
  }
}
