/** What a real API server makes of the chart, of the kinds that it installs and of what users write. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { apiVersion } from '../../src/api/kinds.ts';
import { policySpec } from '../../src/api/policy-spec.ts';
import { wrongPolicies } from '../e2e/wrong-policies.ts';
import { ensurePrograms } from '../lab/build/ensure-programs.ts';
import { startControlPlane } from '../lab/control-plane.ts';
import type { ControlPlane } from '../lab/control-plane.ts';
import { chart, helm, needed, only, release, render } from './helm.ts';

const root = join(import.meta.dirname, '../..');
const examples = readdirSync(join(root, 'examples'));
const minutes = 60_000;

let dir: string;
let plane: ControlPlane;
const install = (name: string, namespace: string): Promise<string> =>
  helm(
    [
      'install',
      name,
      chart,
      '--namespace',
      namespace,
      '--create-namespace',
      '--kubeconfig',
      plane.adminKubeconfig,
    ],
    needed,
  );
const policy = (spec: unknown, name = 'tried'): string =>
  JSON.stringify({ apiVersion, kind: 'ContainerOSPolicy', metadata: { name }, spec });
const tryPolicy = (spec: unknown): Promise<string> =>
  plane.kubectl(['apply', '--dry-run=server', '--output=yaml', '--filename=-'], policy(spec));

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'chart-api-server-'));
  plane = await startControlPlane(dir, { programs: await ensurePrograms() });
  await install(release.name, release.namespace);
  await plane.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
}, 15 * minutes);
afterAll(async () => {
  await plane.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe('the installed chart', () => {
  it('lets nobody install it a second time', async () => {
    await expect(install('another', 'another')).rejects.toThrow(
      'Namespace "containeros-tasks" in namespace "" exists',
    );
  });

  it('makes operator Pods that fit where Pod Security is restricted', async () => {
    const labelled = { name: 'strict', labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } };
    await plane.kubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: labelled }),
    );
    const { spec } = Object(only(await render(), 'Deployment')['spec']).template;
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'tried', namespace: 'strict' },
      spec: { ...spec, serviceAccountName: 'default' },
    };
    expect(await plane.kubectl(['create', '--dry-run=server', '-f', '-'], JSON.stringify(pod))).toContain(
      'pod/tried created',
    );
  });

  it.each([
    ['delete', 'pods', 'default', false],
    ['delete', 'pods', 'containeros-tasks', true],
    ['get', 'secrets', 'containeros-tasks', false],
    ['update', 'nodes', 'default', false],
    ['patch', 'nodes', 'default', true],
    ['patch', 'containerospolicies.containeros.dev', 'default', false],
    ['delete', 'leases.coordination.k8s.io/containeros-operator', release.namespace, false],
  ])('answers whether the operator may %s %s in %s with %s', async (verb, resource, namespace, may) => {
    const account = `system:serviceaccount:${release.namespace}:container-os-operator`;
    const review = plane.kubectl([
      'auth',
      'can-i',
      verb,
      resource,
      '--namespace',
      namespace,
      '--as',
      account,
    ]);
    // kubectl says no with its exit code.
    expect(
      await review.then(
        () => true,
        () => false,
      ),
    ).toBe(may);
  });

  it('has a place for its lease requests that exists', async () => {
    const dangling = await plane.kubectl([
      'get',
      'flowschema',
      'container-os-operator-leases',
      '--output=jsonpath={.status.conditions[?(@.type=="Dangling")].status}',
    ]);
    expect(dangling).toBe('False');
  });

  it('takes the plain CRDs for the same as its own', async () => {
    const diff = await plane.kubectl([
      'apply',
      '--server-side',
      '--force-conflicts',
      '--dry-run=server',
      '--filename',
      join(root, 'crds'),
    ]);
    expect(diff.trim().split('\n')).toHaveLength(2);
  });
});

describe('a policy', () => {
  it.each(wrongPolicies)('with $name is refused', async ({ spec, message }) => {
    await expect(tryPolicy(spec)).rejects.toThrow(message);
  });

  it.each(examples)('as in examples/%s is accepted', async (name) => {
    const applied = await plane.kubectl([
      'apply',
      '--dry-run=server',
      '--filename',
      join(root, 'examples', name),
    ]);
    expect(applied).toContain('created (server dry run)');
  });

  it('of an operating system alone is stored with all of its wish', async () => {
    const stored = parse(await tryPolicy({ os: 'Bottlerocket' }));
    expect(stored.spec).toEqual(policySpec.parse({ os: 'Bottlerocket' }));
    expect(stored.status).toEqual({ observedGeneration: -1 });
  });

  it('is explained by kubectl', async () => {
    const text = await plane.kubectl(['explain', 'cosp.spec.rollout.maxUnavailable']);
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'How many nodes of this policy may be out of service at once',
    );
  });
});

describe('kubectl get', () => {
  const put = (kind: string, name: string, status: object): Promise<string> =>
    plane.kubectl([
      'patch',
      kind,
      name,
      '--subresource=status',
      '--type=merge',
      '--patch',
      JSON.stringify({ status }),
    ]);

  it('shows policies within 80 columns', async () => {
    await plane.kubectl(
      ['create', '-f', '-'],
      policy({ os: 'Bottlerocket', paused: true }, 'bottlerocket-web'),
    );
    const ready = {
      type: 'Ready',
      status: 'True',
      observedGeneration: 1,
      lastTransitionTime: '2026-01-01T00:00:00Z',
      reason: 'Accepted',
      message: 'ok',
    };
    await put('cosp', 'bottlerocket-web', {
      target: '1.26.1',
      progress: '37/50',
      updating: 2,
      failed: 0,
      message: 'budget used',
      conditions: [ready],
    });
    const [head = '', row = ''] = (await plane.kubectl(['get', 'cosp'])).split('\n');
    expect(head.trim().split(/\s+/)).toEqual([
      'NAME',
      'TARGET',
      'PROGRESS',
      'UPDATING',
      'FAILED',
      'READY',
      'AGE',
    ]);
    expect(row).toMatch(/^bottlerocket-web +1\.26\.1 +37\/50 +2 +0 +True +\d+s/);
    expect(Math.max(head.trimEnd().length, row.trimEnd().length)).toBeLessThanOrEqual(80);
    expect(await plane.kubectl(['get', 'cosp', '--output=wide'])).toMatch(
      /OS +NEXT-WINDOW +PAUSED +MESSAGE +AGE\n.*Bottlerocket +true +budget used +\d+s/,
    );
  });

  it('shows nodes, with the reason last and the rest within 80 columns', async () => {
    const name = 'ip-10-0-113-241';
    await plane.kubectl(
      ['create', '-f', '-'],
      JSON.stringify({ apiVersion, kind: 'ContainerOSNode', metadata: { name } }),
    );
    const since = new Date(Date.now() - 5 * minutes).toISOString();
    await put('cosn', name, {
      policy: 'web',
      version: '1.25.0',
      target: '1.26.1',
      state: 'UpToDate',
      since,
      because: 'the newest that it is offered',
    });
    const [head = '', row = ''] = (await plane.kubectl(['get', 'cosn'])).split('\n');
    expect(head.trim().split(/\s+/)).toEqual([
      'NAME',
      'POLICY',
      'VERSION',
      'TARGET',
      'STATE',
      'SINCE',
      'BECAUSE',
    ]);
    expect(row).toMatch(
      /^ip-10-0-113-241 +web +1\.25\.0 +1\.26\.1 +UpToDate +5m\d*s? +the newest that it is offered/,
    );
    expect(head.indexOf('BECAUSE')).toBeLessThanOrEqual(80);
  });

  it('shows both kinds by their category', async () => {
    const names = await plane.kubectl(['get', 'containeros', '--output=name']);
    expect(names).toContain('containerospolicy.containeros.dev/bottlerocket-web');
    expect(names).toContain('containerosnode.containeros.dev/ip-10-0-113-241');
  });
});
