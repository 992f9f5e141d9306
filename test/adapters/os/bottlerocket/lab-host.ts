/** A simulated host on a real socket, and the tasks over it; closed after each test. */
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { createBottlerocketTasks } from '../../../../src/adapters/os/bottlerocket/tasks.ts';
import { fastTime } from '../fast-time.ts';
import { type LabMachine, startLabMachine } from '../lab-machine.ts';
import { createRunner, type TaskRunner } from '../run-tasks.ts';

const machines: LabMachine[] = [];

afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close();
});

export interface World extends TaskRunner {
  readonly machine: LabMachine;
}

/** Sets the version lock as a person does with the host's own client. */
export async function pin({ root }: LabMachine, version: string): Promise<void> {
  const call = (method: string, path: string, body?: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/json' };
      const outgoing = request(
        { socketPath: join(root, 'run/api.sock'), method, path, headers, agent: false },
        (reply) => reply.resume().on('end', resolve),
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  await call('PATCH', '/settings?tx=test', JSON.stringify({ updates: { 'version-lock': version } }));
  await call('POST', '/tx/commit_and_apply?tx=test');
  // Rendering goes on after the answer.
  await new Promise((resolve) => setTimeout(resolve, 200));
}

export const quick = { refreshMs: 5, prepareMs: 30, activateMs: 5 };

export async function aHost(
  parts: Readonly<Record<string, unknown>> = {},
  beforeSleep?: (ms: number, stop: () => void) => void,
): Promise<World> {
  const machine = await startLabMachine({
    os: 'Bottlerocket',
    version: '1.26.0',
    variant: 'aws-k8s-1.31',
    offers: ['1.26.0', '1.26.1'],
    timings: quick,
    ...parts,
  });
  machines.push(machine);
  const runner = createRunner({
    os: 'Bottlerocket',
    tasks: createBottlerocketTasks({ socketPath: join(machine.root, 'run/api.sock') }),
    time: fastTime(30),
    bootID: machine.bootID,
    ...(beforeSleep === undefined ? {} : { beforeSleep }),
  });
  return { ...runner, machine };
}
