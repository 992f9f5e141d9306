import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { taskPodManifest } from '../../../src/adapters/kubernetes/task-pod.ts';
import { osAdapters } from '../../../src/adapters/os/index.ts';
import type { OsName } from '../../../src/api/os.ts';
import { policySpec } from '../../../src/api/policy-spec.ts';
import { readArguments, type VerifyArguments } from '../../../src/cli/arguments.ts';
import { podOptions, verifyPod } from '../../../src/cli/verify/pod.ts';
import { createTask } from '../../../src/plan/tasks.ts';
import { defaultSettings } from '../../../src/plan/settings.ts';
import { aNode } from '../../support/builders.ts';

const node = aNode('n1');

function wish(...more: readonly string[]): VerifyArguments {
  const command = readArguments(['verify', '--node', 'n1', '--image', 'image', ...more]);
  if (command.do !== 'Verify') throw new Error('not a wish');
  return command.wish;
}

/** What the operator would make, by its own steps. */
function operatorsPod(os: OsName, spec: object, image: string, imagePullSecrets: readonly string[]) {
  const adapter = osAdapters[os];
  const options = adapter.taskOptions(policySpec.parse(spec));
  const step = createTask('Inspect', node, { os, policyUID: 'p', options, because: '' }, defaultSettings);
  if (step.do !== 'CreateTask') throw new Error('not a task');
  return taskPodManifest(
    {
      ...step,
      task: 'Inspect',
      request: JSON.stringify(step.request),
      needs: adapter.podNeeds('Inspect', options),
    },
    { ...podOptions, image, imagePullSecrets },
  );
}

describe('the Pod', () => {
  it.each<[OsName, string[], object]>([
    ['Bottlerocket', [], {}],
    ['ContainerOptimizedOS', [], {}],
    [
      'ContainerOptimizedOS',
      ['--host-command', 'Nsenter'],
      { containerOptimizedOS: { hostCommand: 'Nsenter' } },
    ],
  ])('on %s %j has exactly the spec of the one that the operator makes', (os, more, spec) => {
    const { manifest } = verifyPod(wish('--image-pull-secret', 'pull', ...more), node, osAdapters[os], 'x');
    expect(manifest).toHaveProperty(
      'spec',
      Reflect.get(operatorsPod(os, { os, ...spec }, 'image', ['pull']), 'spec'),
    );
  });

  it('has a name and a namespace that the operator never uses', () => {
    const { name, manifest } = verifyPod(wish('--namespace', 'mine'), node, osAdapters.Bottlerocket, '1a2b');
    expect(name).toBe('verify-1a2b');
    expect(manifest).toHaveProperty('metadata', {
      name: 'verify-1a2b',
      namespace: 'mine',
      labels: { 'containeros.dev/task': 'Inspect', 'containeros.dev/node-uid': node.uid },
    });
  });

  it('has the limits that the chart ships', () => {
    const values: { tasks: { limits: object }; image: { pullPolicy: string } } = parse(
      readFileSync(join(import.meta.dirname, '../../../charts/container-os-operator/values.yaml'), 'utf8'),
    );
    expect(podOptions).toEqual({ limits: values.tasks.limits, imagePullPolicy: values.image.pullPolicy });
  });
});
