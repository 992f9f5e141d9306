/** The kubelet of one machine, as far as task Pods go, with the operating system's own side of each task. */
import type { Outcome, TaskAnswer } from '../../src/api/task.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { bottlerocketOptions, pinsOf } from '../../src/adapters/os/bottlerocket/options.ts';
import { planPins, planRestore } from '../../src/adapters/os/bottlerocket/pins.ts';
import { cosOptions } from '../../src/adapters/os/cos/options.ts';
import { judgeStaged } from '../../src/adapters/os/cos/veto.ts';
import type { RestoreNote } from '../../src/api/restore.ts';
import type { StoredTask } from './cluster-state.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';
import type { Cancel } from './virtual-time.ts';

type Said = Partial<TaskAnswer> & { readonly outcome: Outcome };

class Kubelet {
  readonly #world: World;
  readonly #machine: Machine;
  #runs: { readonly podUID: string; cancel: Cancel } | undefined;

  constructor(world: World, machine: Machine) {
    this.#world = world;
    this.#machine = machine;
    machine.on(
      () => this.#runs?.cancel(),
      () => this.#afterBoot(),
    );
    world.state.onChange(({ kind, before, after }) => {
      if (kind !== 'tasks') return;
      const task = after as StoredTask | undefined;
      if (task?.nodeName !== machine.name) return;
      if (before === undefined) this.#later(machine.random.int(200, 1500), () => this.#sync(task.podName));
      else if (task.deleting && !(before as StoredTask).deleting)
        this.#later(machine.random.int(100, 1200), () => this.#sync(task.podName));
    });
  }

  #later(ms: number, run: () => void): Cancel {
    return this.#world.time.after(ms, () => {
      if (this.#machine.up) run();
    });
  }

  #sync(podName: string): void {
    const task = this.#world.state.get('tasks', podName);
    if (task === undefined || task.nodeName !== this.#machine.name) return;
    const runs = this.#runs?.podUID === task.podUID;
    if (task.deleting) {
      if (runs) this.#runs?.cancel();
      if (runs) this.#runs = undefined;
      this.#world.state.remove('tasks', podName, 'kubelet');
    } else if (!task.terminal && !runs) this.#start(task);
  }

  #start(task: StoredTask): void {
    const { random } = this.#machine;
    if (random.chance(this.#world.rate('taskNeverStarts'))) {
      const noAnswer = { cause: 'ImagePull', sentence: 'its image cannot be pulled' } as const;
      this.#world.state.put('tasks', task.podName, { ...task, noAnswer }, 'kubelet');
      return;
    }
    const run = { podUID: task.podUID, cancel: (): void => undefined };
    this.#runs = run;
    const then = (ms: number, next: () => void): void => {
      run.cancel = this.#later(ms, next);
    };
    switch (task.task) {
      case 'Inspect':
        then(random.int(500, 3000), () => this.#end(task, this.#inspect(task)));
        break;
      case 'Stage': {
        // As on the host: first the settings, then a while of work, and what is not needed after all is taken back.
        const moved = this.#pin(task);
        then(random.int(2000, 40_000), () => this.#end(task, moved ?? this.#tidily(task, this.#stage(task))));
        break;
      }
      case 'Reboot':
        then(random.int(300, 1500), () => {
          const refused = this.#guard(task) ?? this.#notStaged(task);
          if (refused !== undefined) return this.#end(task, refused);
          this.#machine.activated = true;
          then(random.int(200, 3000), () => this.#end(task, this.#reboot(task)));
        });
        break;
    }
  }

  #inspect(task: StoredTask): Said {
    const { restore } = optionsOf(task);
    if (restore === undefined) return this.#inspected('Done', task.request.target);
    this.#putBack(restore);
    return { ...this.#inspected('Done', task.request.target), restored: true };
  }

  #putBack(note: RestoreNote): void {
    const { change } = planRestore(this.#machine.settings, note);
    if (Object.keys(change).length > 0) this.#machine.change(change);
  }

  /** The answer of a Stage whose note does not fit the host. */
  #pin(task: StoredTask): Said | undefined {
    if (this.#machine.spec.os !== 'Bottlerocket') return undefined;
    const options = optionsOf(task);
    const plan = planPins(this.#machine.settings, pinsOf(task.request, options), options.restore);
    if (plan.kind === 'Moved')
      return {
        ...this.#inspected('Retry', task.request.target),
        reason: 'SettingsMoved',
        message: 'settings moved',
      };
    if (plan.kind === 'Change') this.#machine.change(plan.change);
    return undefined;
  }

  #tidily(task: StoredTask, said: Said): Said {
    const { restore } = optionsOf(task);
    if (restore === undefined || said.outcome === 'Done') return said;
    this.#putBack(restore);
    return { ...said, ...this.#settings(), restored: true };
  }

  #stage(task: StoredTask): Said {
    const { target } = task.request;
    const { random, running, spec } = this.#machine;
    if (random.chance(this.#world.rate('stageFails')))
      return {
        ...this.#inspected('Failed', target),
        reason: 'PrepareFailed',
        message: 'the download broke off',
      };
    if (random.chance(this.#world.rate('stageRetry')))
      return { ...this.#inspected('Retry', target), reason: 'UpdaterBusy', message: 'the updater was busy' };
    if (spec.os === 'ContainerOptimizedOS') return this.#check(task);
    if (optionsOf(task).listOnly) return this.#inspected('NothingToDo', target);
    const chosen = this.#machine.chosen();
    const wanted =
      chosen !== undefined &&
      (target === undefined ? osAdapters[spec.os].compareVersions(chosen, running) > 0 : chosen === target);
    if (!wanted || chosen === running) return this.#inspected('NothingToDo', target);
    return this.#leaveStaged(task, chosen);
  }

  /** A check stages what it finds, and what is not allowed is taken back at once. */
  #check(task: StoredTask): Said {
    const { offer, running, staged } = this.#machine;
    const { checkForUpdate, allow } = cosOptions.parse(task.request.options);
    const found = staged ?? (checkForUpdate ? offer : undefined);
    if (found === undefined) return { ...this.#inspected('NothingToDo'), reason: 'NotAsked' };
    if (found === running) return this.#inspected('NothingToDo');
    const unwanted = judgeStaged(found, running, allow);
    if (unwanted?.reason === undefined) return this.#leaveStaged(task, found);
    this.#machine.staged = undefined;
    this.#world.tell(`${this.#machine.name} takes ${found} back, ${unwanted.why}`);
    return {
      ...this.#inspected('NothingToDo'),
      reason: unwanted.reason,
      available: found,
      message: unwanted.why,
    };
  }

  #leaveStaged(task: StoredTask, version: string): Said {
    const { name, running } = this.#machine;
    this.#machine.staged = version;
    const { podName, policyUID } = task;
    for (const listener of this.#world.onStaged)
      listener({ machine: name, podName, policyUID, version, from: running });
    return this.#inspected('Done', task.request.target);
  }

  /** The fence at the host: this boot, and not late. */
  #guard({ request }: StoredTask): Said | undefined {
    const { bootID, clock } = this.#machine;
    if (request.order?.bootID !== bootID)
      return { ...this.#inspected('Failed'), reason: 'OtherBoot', message: 'the order is for another boot' };
    if (clock > Date.parse(request.order.notAfter))
      return { ...this.#inspected('Failed'), reason: 'TooLate', message: 'the order came too late' };
    return undefined;
  }

  #notStaged({ request }: StoredTask): Said | undefined {
    const { staged, spec } = this.#machine;
    if (staged !== undefined && (spec.os !== 'Bottlerocket' || staged === request.target)) return undefined;
    return {
      ...this.#inspected('Failed'),
      reason: 'NotStaged',
      message: `${request.target ?? ''} is not staged`,
    };
  }

  #reboot(task: StoredTask): Said {
    const { random } = this.#machine;
    const refused = this.#guard(task);
    if (refused !== undefined || random.chance(this.#world.rate('rebootRefused'))) {
      this.#machine.activated = false;
      return refused ?? { ...this.#inspected('Failed'), reason: 'RebootRefused', message: 'logind said no' };
    }
    const { bootID, notAfter } = task.request.order ?? { bootID: '', notAfter: '' };
    this.#world.rebootCalls.push({
      machine: this.#machine.name,
      attempt: task.attempt,
      bootID: this.#machine.bootID,
      orderBootID: bootID,
      notAfter: Date.parse(notAfter),
      hostTime: this.#machine.clock,
    });
    this.#machine.acceptReboot(task.attempt);
    return { ...this.#inspected('Done'), message: 'the reboot was accepted' };
  }

  #settings(): Pick<TaskAnswer, 'settings'> | object {
    return this.#machine.spec.os === 'Bottlerocket' ? { settings: this.#machine.settings } : {};
  }

  #inspected(outcome: Outcome, target?: string): Said {
    const { spec, running, staged } = this.#machine;
    const rules = osAdapters[spec.os];
    const available =
      target === undefined
        ? this.#machine.chosen()
        : this.#machine.listed().find((version) => version === target && version !== running);
    return {
      outcome,
      version: running,
      ...(rules.knowsAvailableBeforeStaging && available !== undefined ? { available } : {}),
      ...(rules.choosesVersion ? { offers: this.#machine.newer() } : {}),
      ...this.#settings(),
      ...(staged === undefined ? {} : { staged }),
    };
  }

  #end(task: StoredTask, said: Said): void {
    this.#runs = undefined;
    const { spec, random, bootID, clock } = this.#machine;
    const stored = this.#world.state.get('tasks', task.podName);
    if (stored?.podUID !== task.podUID) return;
    const lost = random.chance(this.#world.rate('taskLost'));
    const answer: TaskAnswer = {
      protocol: 1,
      os: spec.os,
      bootID,
      now: new Date(clock).toISOString(),
      message: '',
      seconds: 1,
      ...said,
    };
    const noAnswer = { cause: 'ContainerStatusUnknown', sentence: 'the kubelet lost sight of it' } as const;
    const end = lost ? { answer: undefined, noAnswer } : { answer, noAnswer: undefined };
    this.#world.state.put('tasks', task.podName, { ...stored, terminal: true, ...end }, 'kubelet');
  }

  /** What ran before the boot has failed; what had not started yet starts now; what was to go goes. */
  #afterBoot(): void {
    const before = this.#runs?.podUID;
    this.#runs = undefined;
    for (const task of this.#world.state.all('tasks')) {
      if (task.nodeName !== this.#machine.name) continue;
      if (task.podUID === before && !task.terminal) {
        const noAnswer = { cause: 'NodeShutdown', sentence: 'the node shut down under it' } as const;
        this.#later(500, () => {
          const stored = this.#world.state.get('tasks', task.podName);
          if (stored?.podUID === task.podUID && !stored.deleting)
            this.#world.state.put('tasks', task.podName, { ...stored, terminal: true, noAnswer }, 'kubelet');
          else this.#sync(task.podName);
        });
      } else this.#later(this.#machine.random.int(500, 3000), () => this.#sync(task.podName));
    }
  }
}

const optionsOf = ({ request }: StoredTask) => bottlerocketOptions.parse(request.options);

/** From here on the machine's task Pods are run. */
export const startKubelet = (world: World, machine: Machine): Kubelet => new Kubelet(world, machine);
