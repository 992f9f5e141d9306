/** The command against a server that answers as an API server and a kubelet do, with the logs and faults that the lab has not. */
import type { ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { VerifyArguments } from '../../../src/cli/arguments.ts';
import { verify } from '../../../src/cli/verify/verify.ts';
import { handClock } from '../../adapters/kubernetes/support/system-clock.ts';
import {
  answerJson,
  answerStatus,
  type Asked,
  type ScriptedServer,
  startScriptedServer,
} from '../../adapters/kubernetes/support/scripted-server.ts';

const wish: VerifyArguments = {
  node: 'n1',
  image: 'registry.example.com/operator:1',
  kubeconfig: undefined,
  context: undefined,
  namespace: 'mine',
  imagePullSecrets: [],
  hostCommand: 'Chroot',
};
const bottlerocket = 'Bottlerocket OS 1.25.0 (aws-k8s-1.34)';
const answer = {
  protocol: 1,
  outcome: 'Done',
  os: 'Bottlerocket',
  version: '1.25.0',
  available: '1.26.1',
  bootID: 'boot-1',
  now: '2026-03-02T12:00:00Z',
  message: 'said by the host',
  seconds: 0.4,
};
const ended = (message: string, exitCode = 0): object => ({
  phase: exitCode === 0 ? 'Succeeded' : 'Failed',
  containerStatuses: [{ state: { terminated: { reason: 'Completed', exitCode, message } } }],
});
const waiting = (reason: string, message: string): object => ({
  phase: 'Pending',
  startTime: '2026-03-02T12:00:00Z',
  containerStatuses: [{ state: { waiting: { reason, message } } }],
});

const spec = { volumes: [{ hostPath: { path: '/run/api.sock', type: 'Socket' } }] };

interface Cluster {
  readonly osImage?: string;
  /** The Pod's status at each look; the last one stays. */
  readonly statuses?: readonly object[];
  readonly create?: (response: ServerResponse) => void;
  readonly log?: (response: ServerResponse) => void;
  readonly events?: readonly object[];
}

let server: ScriptedServer;
afterEach(() => server.close());

interface Options {
  /** Ctrl-C at this look. */
  readonly stopAfter?: number;
  /** Milliseconds that pass between two looks, if not those that the command waits. */
  readonly lookAfter?: number;
}

async function run(cluster: Cluster, options: Options = {}) {
  const { statuses = [ended(JSON.stringify(answer))] } = cluster;
  let looks = 0;
  let there = false;
  server = await startScriptedServer(({ method, path }: Asked, response) => {
    if (path === '/api/v1/nodes/n1') {
      const conditions = [{ type: 'Ready', status: 'True' }];
      const nodeInfo = {
        osImage: cluster.osImage ?? bottlerocket,
        bootID: 'boot-1',
        kernelVersion: '6.12.1',
      };
      answerJson(response, 200, { metadata: { name: 'n1', uid: 'u1' }, status: { conditions, nodeInfo } });
    } else if (path.startsWith('/api/v1/nodes/')) answerStatus(response, 404, 'nodes "n2" not found');
    else if (path.endsWith('/log') && cluster.log !== undefined) cluster.log(response);
    else if (path.endsWith('/log')) response.end('one line\nand another\n');
    else if (path.endsWith('/events')) answerJson(response, 200, { items: cluster.events ?? [] });
    else if (method === 'POST' && cluster.create !== undefined) cluster.create(response);
    else if (method === 'POST') {
      there = true;
      answerJson(response, 201, {});
    } else if (method === 'DELETE') {
      there = false;
      answerJson(response, 200, {});
    } else if (there) {
      const status = statuses[Math.min(looks, statuses.length - 1)];
      looks += 1;
      answerJson(response, 200, { metadata: { uid: 'p1' }, spec, status });
    } else answerStatus(response, 404, 'pods not found');
  });
  const clock = handClock();
  const stop = new AbortController();
  const lines: string[] = [];
  let sleeps = 0;
  const sleep = async (ms: number): Promise<void> => {
    sleeps += 1;
    if (sleeps === options.stopAfter) stop.abort();
    stop.signal.throwIfAborted();
    clock.advance(options.lookAfter ?? ms);
    await wait(1);
  };
  const world = {
    api: server.api,
    clock,
    sleep,
    signal: stop.signal,
    say: (line: string) => lines.push(line),
  };
  const done = await verify({ ...wish }, world).catch((error: unknown) => error);
  return { done, text: lines.join('\n'), asked: server.asked.map(({ method, path }) => `${method} ${path}`) };
}

const deletes = (asked: readonly string[]): number => asked.filter((one) => one.startsWith('DELETE')).length;

describe('verify', () => {
  it('shows the node, the Pod, its life, its log and its answer, and leaves nothing', async () => {
    const running = { phase: 'Running', containerStatuses: [{ state: { running: {} } }] };
    const statuses = [waiting('ContainerCreating', ''), running, ended(JSON.stringify(answer))];
    const events = [{ metadata: { uid: 'e1' }, type: 'Normal', reason: 'Pulled', message: 'present' }];
    const { done, text, asked } = await run({ statuses, events });
    expect(done).toBe(true);
    expect(text.replaceAll(/verify-[0-9a-f]{8}/g, 'verify-x').split('\n')).toEqual([
      'Node n1',
      '  osImage       Bottlerocket OS 1.25.0 (aws-k8s-1.34)',
      '  kernel        6.12.1',
      '  boot id       boot-1',
      '  ready         yes',
      '  cordoned      no',
      '  taints        none',
      'Recognised: Bottlerocket, version 1.25.0, variant aws-k8s-1.34',
      'Pod mine/verify-x from registry.example.com/operator:1',
      '  user          0',
      '  rights        none',
      '  mounts        /run/api.sock at /run/api.sock',
      '  SELinux       system_u:system_r:control_t:s0',
      '  request       {"protocol":1,"task":"Inspect","os":"Bottlerocket","withinSeconds":240,"options":{}}',
      '   0.0 s  created',
      '   0.5 s  event Pulled: present',
      '   0.5 s  Pending; the container waits: ContainerCreating',
      '   1.0 s  Running; the container runs',
      '   1.5 s  Succeeded; the container ended: Completed, exit code 0',
      'Log of the task',
      '  one line',
      '  and another',
      'Answer',
      '  outcome       Done',
      '  version       1.25.0',
      '  available     1.26.1',
      '  boot id       boot-1, as on the Node',
      '  clock         2026-03-02T12:00:00Z',
      '  seconds       0.4',
      '  message       said by the host',
      'The Pod is gone',
    ]);
    expect(asked.at(-1)).toMatch(/^GET .*\/pods\/verify-/);
    expect(deletes(asked)).toBe(1);
  });

  it.each([
    ['Retry', false],
    ['Failed', false],
    ['Unsupported', false],
    ['NothingToDo', true],
  ])('calls the answer %s %s', async (outcome, wanted) => {
    const { done, text } = await run({ statuses: [ended(JSON.stringify({ ...answer, outcome }))] });
    expect(done).toBe(wanted);
    expect(text).toContain(outcome);
  });

  it('asks a node of another system nothing', async () => {
    const { done, text, asked } = await run({ osImage: 'Some Linux' });
    expect(done).toBe(false);
    expect(text).toContain('Recognised: neither Bottlerocket nor ContainerOptimizedOS');
    expect(asked).toEqual(['GET /api/v1/nodes/n1']);
  });

  it('says how the namespace is made where it is missing', async () => {
    const { done, asked } = await run({
      create: (response) => answerStatus(response, 404, 'namespaces "mine" not found'),
    });
    expect(done).toMatchObject({
      message:
        'There is no namespace mine: kubectl create namespace mine && kubectl label namespace mine pod-security.kubernetes.io/enforce=privileged',
    });
    expect(deletes(asked)).toBe(0);
  });

  it("tells the cluster's own words when it refuses the Pod", async () => {
    const { done } = await run({
      create: (response) => answerStatus(response, 403, 'violates PodSecurity "restricted:latest"'),
    });
    expect(done).toMatchObject({
      message: expect.stringMatching(/^The cluster refuses the Pod: .*PodSecurity/),
    });
  });

  it('deletes what may have been made when the answer is lost', async () => {
    const { done, asked } = await run({ create: (response) => response.destroy() });
    expect(done).toMatchObject({ name: 'UnreachableError' });
    expect(deletes(asked)).toBe(1);
  });

  it('gives an image up that cannot be pulled, and says so', async () => {
    const { done, text, asked } = await run({ statuses: [waiting('ImagePullBackOff', 'no such image')] });
    expect(done).toBe(false);
    expect(text).toContain('No answer (ImagePull): its image cannot be pulled: no such image');
    expect(deletes(asked)).toBe(1);
  });

  it('waits on when a pull that failed is tried again', async () => {
    const fails = waiting('ErrImagePull', 'busy');
    const { done } = await run({ statuses: [fails, fails, ended(JSON.stringify(answer))] });
    expect(done).toBe(true);
  });

  it('names the socket that keeps a Pod from starting', async () => {
    const { done, text } = await run(
      { statuses: [{ phase: 'Pending', startTime: '2026-03-02T12:00:00Z' }] },
      { lookAfter: 5000 },
    );
    expect(done).toBe(false);
    expect(text).toContain('No answer (MissingSocket): the socket /run/api.sock is not there on the node');
  });

  it('waits no longer than the operator does', async () => {
    const { done, text, asked } = await run({ statuses: [{ phase: 'Running' }] }, { lookAfter: 10_000 });
    expect(done).toBe(false);
    expect(text).toContain('No answer: the Pod was not over after 300 s');
    expect(deletes(asked)).toBe(1);
  });

  it('shows what a Pod says that failed without an answer', async () => {
    const { done, text } = await run({ statuses: [ended('Error: it broke', 1)] });
    expect(done).toBe(false);
    expect(text).toContain('No answer (InvalidMessage): it failed with exit code 1: Error: it broke');
  });

  it('gives the answer although the log cannot be read', async () => {
    const { done, text } = await run({
      log: (response) => answerStatus(response, 500, 'no route to kubelet'),
    });
    expect(done).toBe(true);
    expect(text).toMatch(/cannot be read: .*no route to kubelet/);
  });

  it('deletes the Pod when it is interrupted', async () => {
    const { done, text, asked } = await run({ statuses: [{ phase: 'Pending' }] }, { stopAfter: 3 });
    expect(done).toBe(false);
    expect(deletes(asked)).toBe(1);
    expect(text.split('\n').at(-1)).toBe('The Pod is gone');
  });
});
