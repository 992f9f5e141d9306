import { describe, expect, it } from '@jest/globals';
import { taskPodManifest } from '../../../src/adapters/kubernetes/task-pod.ts';
import type { TaskPodOptions } from '../../../src/adapters/kubernetes/task-pod.ts';
import { aTask } from './support/objects.ts';

const options: TaskPodOptions = {
  image: 'registry.example/operator@sha256:abc',
  imagePullPolicy: 'IfNotPresent',
  imagePullSecrets: ['pull'],
  limits: { memory: '128Mi', cpu: '1' },
};

describe('the Pod of a task', () => {
  it('on Bottlerocket is exactly this', () => {
    expect(taskPodManifest(aTask('n1', 'u1', { asked: '1.26.1' }), options)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'task-u1',
        namespace: 'containeros-tasks',
        labels: {
          'containeros.dev/task': 'Reboot',
          'containeros.dev/node-uid': 'u1',
          'containeros.dev/policy-uid': 'p-uid',
        },
        annotations: {
          'containeros.dev/attempt': 'a1',
          'containeros.dev/asked': '1.26.1',
        },
      },
      spec: {
        nodeName: 'n1',
        restartPolicy: 'Never',
        activeDeadlineSeconds: 120,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        dnsPolicy: 'Default',
        tolerations: [{ operator: 'Exists' }],
        imagePullSecrets: [{ name: 'pull' }],
        securityContext: {
          runAsUser: 0,
          runAsGroup: 0,
          seLinuxOptions: { user: 'system_u', role: 'system_r', type: 'control_t', level: 's0' },
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          {
            name: 'task',
            image: 'registry.example/operator@sha256:abc',
            imagePullPolicy: 'IfNotPresent',
            command: ['/nodejs/bin/node', '/app/node-task.js'],
            env: [{ name: 'CONTAINEROS_TASK', value: '{"protocol":1}' }],
            resources: { requests: { cpu: '0', memory: '0' }, limits: { memory: '128Mi', cpu: '1' } },
            terminationMessagePolicy: 'FallbackToLogsOnError',
            securityContext: {
              privileged: false,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
            },
            volumeMounts: [{ name: 'api', mountPath: '/run/api.sock' }],
          },
        ],
        volumes: [{ name: 'api', hostPath: { path: '/run/api.sock', type: 'Socket' } }],
      },
    });
  });

  it('requests nothing of whatever it is limited in, or the limit would be requested', () => {
    const limits = { memory: '128Mi', 'ephemeral-storage': '1Gi' };
    expect(taskPodManifest(aTask('n1', 'u1'), { ...options, limits })).toHaveProperty(
      'spec.containers.0.resources',
      { requests: { cpu: '0', memory: '0', 'ephemeral-storage': '0' }, limits },
    );
  });

  it('has a capability and no AppArmor profile where its host needs that', () => {
    const needs = {
      ...aTask('n1', 'u1').needs,
      seLinux: undefined,
      capabilities: ['SYS_CHROOT'],
      appArmorUnconfined: true,
    };
    expect(taskPodManifest(aTask('n1', 'u1', { needs }), options)).toMatchObject({
      spec: {
        securityContext: {
          appArmorProfile: { type: 'Unconfined' },
          seccompProfile: { type: 'RuntimeDefault' },
        },
        containers: [
          { securityContext: { capabilities: { drop: ['ALL'], add: ['SYS_CHROOT'] }, privileged: false } },
        ],
      },
    });
  });

  it('is privileged in the process namespace of its host only where that was asked for', () => {
    const needs = { ...aTask('n1', 'u1').needs, privileged: true, hostPID: true };
    const manifest = taskPodManifest(aTask('n1', 'u1', { needs }), options);
    expect(manifest).toMatchObject({
      spec: {
        hostPID: true,
        containers: [{ securityContext: { privileged: true, readOnlyRootFilesystem: true } }],
      },
    });
    expect(manifest).not.toHaveProperty('spec.securityContext.seccompProfile');
    expect(manifest).not.toHaveProperty('spec.containers.0.securityContext.allowPrivilegeEscalation');
  });
});
