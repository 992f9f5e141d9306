/** A Container-Optimized OS host that only nsenter gets into: its systemctl does nothing from a chroot, whatever it is told, to the end. */
import { expect } from '@jest/globals';
import type { NodeViewStatus } from '../../../src/api/container-os-node.ts';
import type { hostCommands } from '../../../src/api/os.ts';
import { taskKey } from '../../../src/api/keys.ts';
import type { ApiObject } from '../../lab/api/api-client.ts';
import { until } from '../../lab/process/until.ts';
import type { Histories, History } from './history.ts';
import { named, openHistories } from './history.ts';
import type { HomeLab } from './home-lab.ts';
import { applyOwnPolicy, expectPutBack, expectUpdated } from './story.ts';
import { taskPodsPath } from './task-pod.ts';
import { patience } from './waits.ts';

export interface ClosedHost {
  readonly home: HomeLab;
  readonly histories: Histories;
  readonly views: History<View>;
  readonly taskPods: History<TaskPod>;
}

interface View extends ApiObject {
  readonly status?: NodeViewStatus;
}

interface TaskPod extends ApiObject {
  readonly spec: {
    readonly nodeName: string;
    readonly hostPID?: boolean;
    readonly containers: readonly { readonly securityContext: { readonly privileged?: boolean } }[];
  };
}

const os = 'ContainerOptimizedOS';
const name = 'closed';

export async function addClosedHost(home: HomeLab): Promise<ClosedHost> {
  const { lab, scene } = home;
  await scene.addNodes({ [name]: { host: { os, faults: { systemctlRefusesChroot: true } } } });
  const histories = openHistories(lab.client);
  return {
    home,
    histories,
    views: await histories.record<View>(
      '/apis/containeros.dev/v1alpha1/containerosnodes',
      named(scene.full(name)),
    ),
    taskPods: await histories.record<TaskPod>(taskPodsPath, ''),
  };
}

/** Waits until its node names the policy's setting, and then the chart's value, which must be false. */
export async function expectKeptOut(host: ClosedHost): Promise<void> {
  const { home } = host;
  await apply(host, 'Chroot');
  const view = await untilSaid(host, /^systemctl does not tell .*; if it stays so, try hostCommand: Nsenter/);
  expect(view).toMatchObject({ state: 'Unknown', reason: 'NoUnitState' });
  await apply(host, 'Nsenter');
  await untilSaid(
    host,
    /^its Inspect task was refused: .* the chart's value containerOptimizedOS\.nsenter is true/,
  );
  expectPutBack(await home.scene.node(name));
  expect(home.reboots(name)).toEqual(['up']);
}

/** Waits until it is updated, by one reboot and privileged Pods, and takes it away. The value must be true by now. */
export async function expectUpdatedByNsenter({ home, histories, taskPods }: ClosedHost): Promise<void> {
  const { scene } = home;
  await expectUpdated(scene, os, name);
  expect(home.reboots(name)).toEqual(['up', 'asked', 'down', 'up']);
  expect(rightsByTask(taskPods, scene.full(name))).toEqual({
    Inspect: ['none', 'privileged, hostPID'],
    Stage: ['privileged, hostPID'],
    Reboot: ['privileged, hostPID'],
  });
  histories.stop();
  await scene.deletePolicy(name);
  await scene.kubectl(['delete', 'node', scene.full(name)]);
}

const apply = ({ home }: ClosedHost, hostCommand: (typeof hostCommands)[number]): Promise<void> =>
  applyOwnPolicy(home.scene, os, name, { containerOptimizedOS: { hostCommand } });

/** From the history, as a busy computer may look at the view before and after a sentence only. */
const untilSaid = ({ views }: ClosedHost, text: RegExp): Promise<NodeViewStatus> =>
  until(
    `${name} to say ${String(text)}`,
    () =>
      views()
        .map(({ object: { status = {} } }) => status)
        .find(({ because }) => text.test(because ?? '')),
    { withinMs: patience(60_000) },
  );

/** What the Pods of each task had of this node: each set of rights once, in the order in which they came. */
function rightsByTask(pods: History<TaskPod>, node: string): Readonly<Record<string, readonly string[]>> {
  const rights: Record<string, string[]> = {};
  for (const { object } of pods()) {
    if (object.spec.nodeName !== node) continue;
    const of = (rights[object.metadata.labels?.[taskKey] ?? 'no task'] ??= []);
    const had = rightsOf(object);
    if (!of.includes(had)) of.push(had);
  }
  return rights;
}

function rightsOf({ spec: { containers, hostPID = false } }: TaskPod): string {
  const privileged = containers.some(({ securityContext }) => securityContext.privileged === true);
  return [...(privileged ? ['privileged'] : []), ...(hostPID ? ['hostPID'] : [])].join(', ') || 'none';
}
