/** The library's class with our watches under it. In a project of its own: jest must load the client before the library. */
import { KubeConfig } from '@kubernetes/client-node';
import { describe, expect, it } from '@jest/globals';
import { ContainerOsOperator } from '../../src/adapters/kubernetes/operator.ts';
import type { OperatorOptions } from '../../src/adapters/kubernetes/operator.ts';
import type { WatchedResource } from '../../src/adapters/kubernetes/watched-resource.ts';
import { pathOf } from '../../src/adapters/kubernetes/watched-resource.ts';

const nodes: WatchedResource = { group: '', version: 'v1', plural: 'nodes' };
const tasks: WatchedResource = { group: '', version: 'v1', plural: 'pods', namespace: 'containeros-tasks' };

function anOperator(enqueue?: OperatorOptions['enqueue']) {
  const listeners = new Map<string, (key: string, present: boolean) => void>();
  const queued: string[] = [];
  const logged: string[] = [];
  const synced = Promise.withResolvers<void>();
  let stops = 0;
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    { name: 'c', server: 'https://127.0.0.1:1', skipTLSVerify: false },
    { name: 'u' },
  );
  const note = (line: string): void => {
    logged.push(line);
  };
  const operator = new ContainerOsOperator({
    kubeConfig,
    cluster: {
      resources: [nodes, tasks],
      startWatch: (resource, listener) => {
        listeners.set(pathOf(resource), listener ?? (() => undefined));
      },
      synced: () => synced.promise,
      stop: () => {
        stops += 1;
        return Promise.resolve();
      },
    },
    logger: { debug: note, info: note, warn: note, error: note },
    enqueue: enqueue ?? ((resource, key) => queued.push(`${resource.plural} ${key}`)),
  });
  return { operator, listeners, queued, logged, synced, stops: () => stops };
}

describe('the operator', () => {
  it('starts a watch of each resource, and is started when all have their first list', async () => {
    const { operator, listeners, synced } = anOperator();
    let started = false;
    const starting = operator.start().then(() => (started = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([...listeners.keys()]).toEqual(['/api/v1/nodes', '/api/v1/namespaces/containeros-tasks/pods']);
    expect(started).toBe(false);
    synced.resolve();
    await starting;
    expect(started).toBe(true);
  });

  it('only remembers the key of what changed or went', async () => {
    const { operator, listeners, queued, synced } = anOperator();
    synced.resolve();
    await operator.start();
    listeners.get('/api/v1/nodes')?.('n1', true);
    listeners.get('/api/v1/nodes')?.('n2', false);
    listeners.get('/api/v1/namespaces/containeros-tasks/pods')?.('containeros-tasks/task-u1', true);
    expect(queued).toEqual(['nodes n1', 'nodes n2', 'pods containeros-tasks/task-u1']);
  });

  it('survives a handler that throws, and says so', async () => {
    const { operator, listeners, logged, synced } = anOperator(() => {
      throw new Error('full');
    });
    synced.resolve();
    await operator.start();
    listeners.get('/api/v1/nodes')?.('n1', true);
    await new Promise((resolve) => setImmediate(resolve));
    expect(logged).toContain('Handler of /api/v1/nodes failed: Error: full');
  });

  it('stops once', async () => {
    const { operator, synced, stops } = anOperator();
    synced.resolve();
    await operator.start();
    operator.stop();
    await operator.stopped();
    expect(stops()).toBe(1);
  });
});
