import { describe, expect, it } from '@jest/globals';
import { hookJobManifest, hookJobName } from '../../../src/adapters/kubernetes/hook-job.ts';
import { aHookJob } from './support/objects.ts';

const account = { namespace: 'os-hooks', serviceAccount: 'containeros-hooks' };

describe('the Job of a hook', () => {
  it('is exactly this', () => {
    const job = aHookJob({
      program: {
        image: 'registry.example/hook:1',
        command: ['/bin/check', '$(CONTAINEROS_NODE)'],
        env: [{ name: 'LEVEL', value: 'high' }],
        resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
      },
    });
    const labels = {
      'containeros.dev/hook': 'beforeDrain',
      'containeros.dev/node-uid': 'u1',
      'containeros.dev/policy-uid': 'p-uid',
    };
    expect(hookJobManifest(job, account)).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name: hookJobName(job),
        namespace: 'os-hooks',
        labels,
        annotations: { 'containeros.dev/attempt': 'a1' },
      },
      spec: {
        completions: 1,
        parallelism: 1,
        backoffLimit: 0,
        activeDeadlineSeconds: 600,
        podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] }] },
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: 'Never',
            serviceAccountName: 'containeros-hooks',
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                name: 'hook',
                image: 'registry.example/hook:1',
                command: ['/bin/check', '$(CONTAINEROS_NODE)'],
                env: [
                  { name: 'CONTAINEROS_NODE', value: 'n1' },
                  { name: 'LEVEL', value: 'high' },
                ],
                resources: { requests: { cpu: '10m' }, limits: { memory: '64Mi' } },
                terminationMessagePolicy: 'FallbackToLogsOnError',
                securityContext: {
                  privileged: false,
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ['ALL'] },
                },
              },
            ],
          },
        },
      },
    });
  });

  it('has values as they are: none takes in another variable', () => {
    const job = aHookJob({
      program: { image: 'a', env: [{ name: 'PRICE', value: '$(CONTAINEROS_NODE) costs $5' }] },
      variables: { CONTAINEROS_FROM_VERSION: '$(PRICE)' },
    });
    const made = JSON.stringify(hookJobManifest(job, account));
    expect(made).toContain('"value":"$$(PRICE)"');
    expect(made).toContain('"value":"$$(CONTAINEROS_NODE) costs $$5"');
  });

  it('has one name for each node, attempt and hook, whatever an attempt is called', () => {
    const wild = { attempt: '../"\n'.repeat(40) };
    const names = [{}, { nodeUID: 'u2' }, { attempt: 'a2' }, { hook: 'afterUpdate' as const }, wild].map(
      (change) => hookJobName(aHookJob(change)),
    );
    expect(new Set(names).size).toBe(names.length);
    expect(hookJobName(aHookJob(wild))).toBe(hookJobName(aHookJob(wild)));
    for (const name of names) expect(name).toMatch(/^[a-z0-9-]{1,63}$/);
  });
});
