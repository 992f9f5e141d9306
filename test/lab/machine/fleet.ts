/** Keeps one machine for each Node that carries the lab's annotation. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createApiClient } from '../api/api-client.ts';
import { kubeconfigText } from '../api/kubeconfig.ts';
import type { ControlPlane } from '../control-plane.ts';
import { createHost } from '../hosts/create-host.ts';
import { startMachine } from '../machine.ts';
import type { ManagedMachine } from '../machine.ts';
import type { LabLog } from '../process/lab-log.ts';
import { writeFileAtomically } from '../process/write-file-atomically.ts';
import { keys, parseWish } from './annotations.ts';
import type { Wish } from './annotations.ts';
import { createExistingRoot } from './existing-root.ts';
import type { ImageRootfs } from './machine-files.ts';
import { makeMachineFolder } from './machine-files.ts';
import { nodePath, readNode } from './node-object.ts';
import type { NodeObject } from './node-object.ts';
import { takeSubnet } from './subnets.ts';
import { watchNodes } from './watch-nodes.ts';

export interface Fleet {
  readonly machines: ReadonlyMap<string, ManagedMachine>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly controlPlane: ControlPlane;
  /** Folder that gets one folder per node. */
  readonly dir: string;
  readonly images: readonly ImageRootfs[];
  readonly log: LabLog;
}

export function startFleet({ controlPlane, dir, images, log }: FleetOptions): Fleet {
  const { client: admin, programs, pki, server } = controlPlane;
  const machines = new Map<string, ManagedMachine>();
  const subnets = new Map<string, number>();
  const turns = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  mkdirSync(dir, { recursive: true });

  const onChange = (name: string): void => {
    const turn = (turns.get(name) ?? Promise.resolve())
      .then(() => (stopping.signal.aborted ? undefined : reconcile(name)))
      .catch((error: unknown) => {
        log(`${name}: ${String(error)}`);
      });
    turns.set(name, turn);
  };

  async function reconcile(name: string): Promise<void> {
    const machine = machines.get(name);
    // The machine itself says when this is over, and this is called once more.
    if (machine?.renewing === true) return;
    const node = await readNode(admin, name);
    const parsed = node === undefined ? ({ kind: 'none' } as const) : parseWish(node);
    const replaced = node !== undefined && machine !== undefined && machine.nodeUID !== node.metadata.uid;
    if (machine !== undefined && (parsed.kind === 'none' || replaced)) await takeAway(machine);
    if (node === undefined || parsed.kind === 'none') return;
    if (parsed.kind === 'wrong') {
      await reportError(node, parsed.because);
      return;
    }
    try {
      const present = machines.get(name);
      if (present === undefined) machines.set(name, await create(node, parsed.wish));
      else present.apply(parsed.wish, node.metadata.labels ?? {});
    } catch (error) {
      await reportError(node, sentenceOf(error));
      return;
    }
    await reportError(node, undefined);
  }

  async function create(node: NodeObject, wish: Wish): Promise<ManagedMachine> {
    const { name, uid = '', labels = {} } = node.metadata;
    rmSync(join(dir, name), { recursive: true, force: true });
    const folder = makeMachineFolder(dir, name, wish.description.root);
    const identity = `system:node:${name}`;
    const credentials = await pki.issue(`node-${name}`, identity, 'system:nodes');
    writeFileAtomically(folder.kubeconfig, kubeconfigText(server, identity, credentials), 0o600);
    const third = takeSubnet(new Set(subnets.values()));
    subnets.set(name, third);
    const { apiHost, apiPort, loopback } = controlPlane;
    const subnet = `127.${String(loopback.octet)}.${String(third)}`;
    return startMachine({
      facts: { name, subnet, apiHost, apiPort, images },
      folder,
      nodeUID: uid,
      labels,
      wish,
      createHost: (description, machine) =>
        description.root === undefined
          ? createHost(description, machine, { hostTool: programs.hostTool })
          : createExistingRoot(description, description.root),
      labNode: programs.labNode,
      admin,
      node: createApiClient(server, credentials),
      dressNode: (wantedLabels, present) => dressNode(name, wantedLabels, present),
      onRenewed: () => {
        onChange(name);
      },
      log,
    }).catch((error: unknown) => {
      subnets.delete(name);
      throw error;
    });
  }

  async function takeAway(machine: ManagedMachine): Promise<void> {
    machines.delete(machine.name);
    await machine.stop();
    subnets.delete(machine.name);
    log(`${machine.name}: machine taken away`);
  }

  async function dressNode(name: string, labels: object, wish: Wish): Promise<string> {
    const annotations = {
      [keys.host]: JSON.stringify(wish.description),
      ...(wish.kubelet !== 'Running' && { [keys.kubelet]: wish.kubelet }),
      ...(wish.rebootNow !== '' && { [keys.rebootNow]: wish.rebootNow }),
    };
    const node = await admin.patch<NodeObject>(nodePath(name), 'merge', {
      metadata: { labels, annotations },
    });
    return node.metadata.uid ?? '';
  }

  /** Says on the Node what is wrong with its annotations; undefined takes a former complaint back. */
  async function reportError(node: NodeObject, because: string | undefined): Promise<void> {
    const { name, annotations } = node.metadata;
    if (annotations?.[keys.error] === because) return;
    if (because !== undefined) log(`${name}: ${because}`);
    const metadata = { annotations: { [keys.error]: because ?? null } };
    await admin.patch(nodePath(name), 'merge', { metadata });
  }

  const watching = watchNodes(admin, onChange, stopping.signal, log);
  return {
    machines,
    stop: async () => {
      stopping.abort();
      await watching;
      await Promise.all(turns.values());
      await Promise.all([...machines.values()].map((machine) => machine.stop()));
      machines.clear();
    },
  };
}

/** What a person can do something with: a host says by ZodError which fault it does not know. */
function sentenceOf(error: unknown): string {
  if (error instanceof z.ZodError) return z.prettifyError(error).replaceAll('\n', ' ');
  return error instanceof Error ? error.message : String(error);
}
