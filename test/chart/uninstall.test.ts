/** The Job that puts nodes back before the chart goes. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readConfig } from '../../src/config.ts';
import type { Manifest } from './helm.ts';
import { needed, only, release, render } from './helm.ts';

const job = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()) }),
  spec: z.object({
    template: z.object({
      metadata: z.object({ labels: z.record(z.string(), z.string()) }),
      spec: z.looseObject({
        serviceAccountName: z.string(),
        restartPolicy: z.string(),
        tolerations: z.array(z.looseObject({ key: z.string() })),
        containers: z.array(
          z.looseObject({
            image: z.string(),
            command: z.array(z.string()),
            env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })),
          }),
        ),
      }),
    }),
  }),
});

describe('the pre-delete hook', () => {
  let manifests: readonly Manifest[];
  const jobOf = (made: readonly Manifest[]) => job.parse(only(made, 'Job'));
  beforeAll(async () => {
    manifests = await render();
  });

  it('runs the release program of the same image, once, and its words are shown by helm', () => {
    const { metadata, spec } = jobOf(manifests);
    expect(metadata.annotations).toEqual({
      'helm.sh/hook': 'pre-delete',
      'helm.sh/hook-weight': '0',
      'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded',
      'helm.sh/hook-output-log-policy': 'hook-succeeded,hook-failed',
    });
    const [container] = spec.template.spec.containers;
    expect(container).toMatchObject({
      image: `${String(Object(needed['image']).repository)}:0.1.0`,
      command: ['/nodejs/bin/node', '/app/release.js'],
    });
    expect(spec.template.spec.serviceAccountName).toBe('container-os-operator-release');
  });

  it('is no replica: nothing that selects those selects it', () => {
    const deployment = z
      .object({ spec: z.object({ selector: z.object({ matchLabels: z.record(z.string(), z.string()) }) }) })
      .parse(only(manifests, 'Deployment'));
    const { labels } = jobOf(manifests).spec.template.metadata;
    const selected = Object.entries(deployment.spec.selector.matchLabels).every(
      ([key, value]) => labels[key] === value,
    );
    expect(selected).toBe(false);
  });

  it('may run on a cordoned node, should there be no other', () => {
    expect(jobOf(manifests).spec.template.spec.tolerations).toContainEqual({
      key: 'node.kubernetes.io/unschedulable',
      operator: 'Exists',
      effect: 'NoSchedule',
    });
  });

  it('is told what the program can read, with the patience and the settings of the values', async () => {
    const made = await render({
      ...needed,
      uninstall: { patience: '90s' },
      settings: { orderVoidAfter: '7m' },
    });
    const env = jobOf(made).spec.template.spec.containers[0]?.env ?? [];
    const told = Object.fromEntries(env.map(({ name, value }) => [name, value ?? `the ${name}`]));
    const config = readConfig({ ...told, KUBERNETES_SERVICE_HOST: '127.0.0.1' }, []);
    expect(config.releasePatience).toBe(90_000);
    expect(config.settings.orderVoidAfter).toBe(420_000);
    expect(config.task.image).toContain('registry.example.com/container-os-operator:');
  });

  it('fits where Pod Security is restricted', () => {
    const { spec } = jobOf(manifests).spec.template;
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
        },
      ],
    });
  });

  it('is not there where it is told so, nor is its account among those that admission knows', async () => {
    const made = await render({ ...needed, uninstall: { putNodesBack: false } });
    expect(made.filter(({ metadata }) => metadata.name === 'container-os-operator-release')).toEqual([]);
    const policies = made.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy');
    expect(JSON.stringify(policies)).toContain(
      `${release.namespace}:container-os-operator"]`.replace('"', '\\"'),
    );
    expect(JSON.stringify(policies)).not.toContain('container-os-operator-release');
  });
});
