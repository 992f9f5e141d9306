/** One machine of the lab: a folder, a simulated host, a kubelet's process, and what reboots do to them. */
import { randomUUID } from 'node:crypto';
import type { ApiClient } from './api/api-client.ts';
import type { HostDescription, Machine, SimulatedHost } from './hosts/host.ts';
import type { Wish } from './machine/annotations.ts';
import { createKubelet } from './machine/kubelet.ts';
import { writeFaultsFile, writeMachineFile } from './machine/machine-files.ts';
import type { MachineFacts, MachineFolder } from './machine/machine-files.ts';
import { appendJournal } from './machine/reboot-journal.ts';
import { reboot } from './machine/reboot.ts';
import type { LabLog } from './process/lab-log.ts';

/** What tests may see of a machine and do to it. */
export interface LabMachine {
  readonly name: string;
  /** Its folder: kubelet.log, logs/ of its containers, reboots.jsonl. */
  readonly dir: string;
  /** The host's root folder. */
  readonly root: string;
  readonly bootID: string;
  /** Reboot calls that its host accepted, oldest first. */
  rebootCalls(): ReturnType<SimulatedHost['rebootCalls']>;
  /** Kills the kubelet and the programs of its Pods. It stays down until `restartKubelet`. */
  crashKubelet(): Promise<void>;
  /** Kills the kubelet if it is there and starts it, on the same boot id. */
  restartKubelet(): Promise<void>;
  /** Stops the kubelet in its tracks until `resumeKubelet`; the programs of its Pods go on. */
  hangKubelet(): Promise<void>;
  resumeKubelet(): Promise<void>;
  /** Reboots without having been asked. Settles when it is up again, as far as the variant goes. */
  spontaneousReboot(): Promise<void>;
}

/** What the lab does with a machine. */
export interface ManagedMachine extends LabMachine {
  /** UID of the Node object that it stands for. */
  readonly nodeUID: string;
  /** Whether its Node object is missing, or without our annotations, because a reboot makes it anew. */
  readonly renewing: boolean;
  /** @throws whatever the host says about a description that it cannot be. */
  apply(wish: Wish, labels: Readonly<Record<string, string>>): void;
  stop(): Promise<void>;
}

export interface MachineParts {
  readonly facts: MachineFacts;
  readonly folder: MachineFolder;
  readonly nodeUID: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly wish: Wish;
  readonly createHost: (description: HostDescription, machine: Machine) => SimulatedHost;
  readonly labNode: string;
  readonly admin: ApiClient;
  readonly node: ApiClient;
  /** Puts labels and annotations on the Node that a kubelet has just made; answers its UID. */
  readonly dressNode: (labels: Readonly<Record<string, string>>, wish: Wish) => Promise<string>;
  /** Called when `renewing` has ended. */
  readonly onRenewed: () => void;
  readonly log: LabLog;
}

/** What a kubelet reads at its start only. */
const readAtStart = ['maxPods', 'shutdownGraceSeconds'] as const;

/** Starts the host and the kubelet. @throws whatever the host says about a description that it cannot be. */
export async function startMachine(parts: MachineParts): Promise<ManagedMachine> {
  const { facts, folder, log } = parts;
  const { name } = facts;
  const gone = new AbortController();
  let { wish, labels, nodeUID } = parts;
  let bootID: string = randomUUID();
  let renewing = false;
  let goingDown: NodeJS.Timeout | undefined;
  const journal = (event: 'asked' | 'down' | 'up'): void => {
    appendJournal(folder.dir, { at: new Date().toISOString(), event, bootID });
  };

  const host = parts.createHost(wish.description, {
    nodeName: name,
    root: folder.root,
    bootID: () => bootID,
    reboot: ({ delayMs }) => {
      journal('asked');
      log(`${name}: the host asks for a reboot in ${String(delayMs)} ms`);
      // A machine that is already on its way down goes down once.
      goingDown ??= setTimeout(() => {
        later('rebooting', rebootNow);
      }, delayMs);
    },
    log: (line) => {
      log(`${name}: ${line}`);
    },
  });
  const kubelet = createKubelet(name, folder, parts.labNode, log);

  /** Everything that starts or ends the kubelet goes through here, one after the other. */
  let last: Promise<void> = Promise.resolve();
  const inTurn = (what: string, action: () => Promise<void> | void): Promise<void> => {
    const turn = last.then(async () => {
      if (!gone.signal.aborted) await action();
    });
    last = turn.catch((error: unknown) => {
      if (!gone.signal.aborted) log(`${name}: ${what} failed: ${String(error)}`);
    });
    return turn;
  };
  /** For what nobody waits for; a failure is in the log. */
  const later = (what: string, action: () => Promise<void> | void): void => {
    inTurn(what, action).catch(() => undefined);
  };

  const startKubelet = (): void => {
    const own = Object.entries(labels).filter(([key]) => !/(^|\.)(kubernetes|k8s)\.io\//.test(key));
    writeMachineFile(folder, facts, bootID, wish.description, host.identity(), Object.fromEntries(own));
    kubelet.start();
    journal('up');
  };
  const restartKubelet = async (): Promise<void> => {
    await kubelet.kill();
    startKubelet();
  };
  const kubeletAction = {
    Running: () => {
      kubelet.resume();
    },
    Hung: () => {
      kubelet.hang();
    },
    Down: () => kubelet.kill(),
  };
  const rebootNow = async (): Promise<void> => {
    clearTimeout(goingDown);
    journal('down');
    log(`${name}: going down (${wish.description.reboot})`);
    const { shutdownGraceSeconds } = wish.description;
    if (shutdownGraceSeconds > 0) await kubelet.shutDown((shutdownGraceSeconds + 5) * 1000);
    await reboot({
      name,
      signal: gone.signal,
      description: () => wish.description,
      killKubelet: () => kubelet.kill(),
      startKubelet: () => {
        // A kubelet that somebody wants down does not start at a boot either.
        if (wish.kubelet !== 'Down') startKubelet();
      },
      log,
      boot: async () => {
        // The host writes the new boot id into its root while it boots.
        bootID = randomUUID();
        await host.booting();
        goingDown = undefined;
        return { bootID, identity: host.identity() };
      },
      admin: parts.admin,
      node: parts.node,
      beginNewObject: () => {
        renewing = true;
      },
      finishNewObject: async () => {
        nodeUID = await parts.dressNode(labels, wish);
      },
    }).finally(() => {
      if (!renewing) return;
      renewing = false;
      parts.onRenewed();
    });
    log(`${name}: up with ${host.identity().osImage}, boot id ${bootID}`);
  };

  const apply = (next: Wish, nextLabels: Readonly<Record<string, string>>): void => {
    const before = wish;
    labels = nextLabels;
    host.update(next.description);
    wish = next;
    writeFaultsFile(folder, next.description);
    if (next.rebootNow !== before.rebootNow && next.rebootNow !== '') {
      log(`${name}: reboots by itself (${next.rebootNow})`);
      later('rebooting', rebootNow);
    }
    const wasDown = before.kubelet === 'Down';
    const restart = wasDown || readAtStart.some((key) => next.description[key] !== before.description[key]);
    if (next.kubelet === 'Running' && restart) later('restarting the kubelet', restartKubelet);
    else if (next.kubelet !== before.kubelet) {
      later('steering the kubelet', kubeletAction[next.kubelet]);
    }
  };

  try {
    await host.start();
  } catch (error) {
    await host.stop();
    throw error;
  }
  writeFaultsFile(folder, wish.description);
  if (wish.kubelet !== 'Down') startKubelet();
  if (wish.kubelet === 'Hung') kubelet.hang();
  log(`${name}: machine started with ${host.identity().osImage}`);

  return {
    name,
    dir: folder.dir,
    root: folder.root,
    get bootID() {
      return bootID;
    },
    get nodeUID() {
      return nodeUID;
    },
    get renewing() {
      return renewing;
    },
    rebootCalls: () => host.rebootCalls(),
    crashKubelet: () => inTurn('crashing the kubelet', kubeletAction.Down),
    restartKubelet: () => inTurn('restarting the kubelet', restartKubelet),
    hangKubelet: () => inTurn('hanging the kubelet', kubeletAction.Hung),
    resumeKubelet: () => inTurn('resuming the kubelet', kubeletAction.Running),
    spontaneousReboot: () => inTurn('rebooting', rebootNow),
    apply,
    stop: async () => {
      gone.abort();
      clearTimeout(goingDown);
      await last;
      await kubelet.kill();
      await host.stop();
      parts.node.close();
    },
  };
}
