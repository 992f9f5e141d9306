/** The kubelet's process on one machine. */
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild } from '../process/child.ts';
import type { Child } from '../process/child.ts';
import type { LabLog } from '../process/lab-log.ts';
import type { MachineFolder } from './machine-files.ts';

export interface Kubelet {
  start(): void;
  /** SIGKILL; the programs of its Pods go with it. Nothing happens when it is not running. */
  kill(): Promise<void>;
  /** Tells it that the machine goes down, and settles when it is gone: by itself, or killed after `longestMs`. */
  shutDown(longestMs: number): Promise<void>;
  /** SIGSTOP: it says nothing any more, and the programs of its Pods go on. */
  hang(): void;
  resume(): void;
}

/** A kubelet that ends by itself so often is broken, and starting it once more would only fill the log. */
const restartLimit = 5;
const restartDelayMs = 1000;

export function createKubelet(name: string, folder: MachineFolder, labNode: string, log: LabLog): Kubelet {
  let child: Child | undefined;
  let restarts = 0;
  const start = (): void => {
    child = startChild({
      name: `kubelet ${name}`,
      command: labNode,
      args: ['node', folder.dir],
      logFile: folder.kubeletLog,
      labNode,
      onUnexpectedExit: (sentence) => void comeBack(sentence),
    });
  };
  /** As a service manager does it. */
  const comeBack = async (sentence: string): Promise<void> => {
    const ended = child;
    log(`${name}: ${sentence}`);
    restarts++;
    if (restarts > restartLimit) {
      log(`${name}: the kubelet ended ${String(restarts)} times by itself and is not started again`);
      return;
    }
    await sleep(restartDelayMs, undefined, { ref: false });
    // Somebody may have started or killed it meanwhile.
    if (child === ended) start();
  };
  const take = (): Child | undefined => {
    const taken = child;
    child = undefined;
    return taken;
  };
  return {
    start,
    kill: async () => {
      await take()?.kill();
    },
    shutDown: async (longestMs) => {
      await take()?.stop(longestMs);
    },
    hang: () => child?.signal('SIGSTOP'),
    resume: () => child?.signal('SIGCONT'),
  };
}
