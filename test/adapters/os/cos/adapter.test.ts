import { describe, expect, it } from '@jest/globals';
import { cosAdapter } from '../../../../src/adapters/os/cos/adapter.ts';
import { compareBuilds, stagedBuild } from '../../../../src/adapters/os/cos/build-id.ts';
import { cosReasons } from '../../../../src/adapters/os/cos/reasons.ts';
import { policySpec } from '../../../../src/api/policy-spec.ts';
import type { NodeFacts } from '../../../../src/plan/facts.ts';
import { assertDocumented } from '../../../support/documented.ts';

const node = (parts: Partial<NodeFacts>) =>
  ({
    osImage: 'Container-Optimized OS from Google',
    labels: {},
    kubeletVersion: 'v1.33.1',
    architecture: 'amd64',
    ...parts,
  }) as unknown as NodeFacts;

describe('recognise', () => {
  it.each<[string, Partial<NodeFacts>, string]>([
    ['a node pool label', { labels: { 'cloud.google.com/gke-nodepool': 'default' } }, 'ManagedByGKE'],
    ['a distribution label', { labels: { 'cloud.google.com/gke-os-distribution': 'cos' } }, 'ManagedByGKE'],
    ['a kubelet of GKE', { kubeletVersion: 'v1.33.1-gke.1386000' }, 'ManagedByGKE'],
    ['an Arm machine', { architecture: 'arm64' }, 'Arm'],
    ['an Arm machine of GKE', { architecture: 'arm64', kubeletVersion: 'v1.33.1-gke.1' }, 'ManagedByGKE'],
  ])('does not support %s', (_name, parts, reason) => {
    const refused = cosAdapter.recognise(node(parts));
    expect(refused).toMatchObject({ kind: 'Unsupported', reason });
    const because = refused.kind === 'Unsupported' ? refused.because : '';
    expect(() => assertDocumented(reason, because, [cosReasons])).not.toThrow();
  });

  it('takes a node of its own, without a version, which the Node does not show', () => {
    expect(cosAdapter.recognise(node({}))).toEqual({ kind: 'Ours' });
  });
});

describe('compareBuilds', () => {
  it.each([
    ['18613.164.98', '18613.164.100'],
    ['18613.164.98', '18613.200.1'],
    ['9999.1.1', '18613.1.1'],
    ['18613.164', '18613.164.1'],
    ['18613.164.98', '18613.164.98+'],
    ['18613.164.98+', '18613.164.99'],
    ['not a build', '18613.164.98'],
  ])('puts %s before %s', (older, newer) => {
    expect(compareBuilds(older, newer)).toBeLessThan(0);
    expect(compareBuilds(newer, older)).toBeGreaterThan(0);
  });
});

it.each([
  ['18613.200.1', '18613.200.1'],
  [undefined, '18613.164.98+'],
  ['R117-18613', '18613.164.98+'],
])('names a staged build that the daemon shows as %s', (shown, want) => {
  expect(stagedBuild(shown, '18613.164.98')).toBe(want);
});

it.each([
  ['18613.164.98+', '18613.200.1', '18613.200.1'],
  ['18613.164.98+', undefined, '18613.164.98+'],
  ['18613.164.98+', '18613.164.98+', '18613.164.98+'],
  // Known from before an update: it cannot be what is staged now.
  ['18613.164.98+', '18613.164.98', '18613.164.98+'],
  ['18613.200.1', '18613.199.9', '18613.200.1'],
])('calls a staged build that the host names %s after it named %s %s', (said, before, want) => {
  expect(cosAdapter.stagedName(said, before)).toBe(want);
});

describe('what a task needs', () => {
  const options = (containerOptimizedOS?: unknown) =>
    cosAdapter.taskOptions(
      policySpec.parse({
        os: 'ContainerOptimizedOS',
        ...(containerOptimizedOS === undefined ? {} : { containerOptimizedOS }),
      }),
    );

  it('is a chroot by default', () => {
    expect(options()).toEqual({ hostCommand: 'Chroot', checkForUpdate: true, startUpdateEngine: false });
    expect(cosAdapter.podNeeds('Stage', options())).toEqual({
      hostPaths: [{ name: 'host', hostPath: '/', type: 'Directory', mountPath: '/host' }],
      runAsUser: 0,
      capabilities: ['SYS_CHROOT'],
      seLinux: undefined,
      appArmorUnconfined: true,
      privileged: false,
      hostPID: false,
    });
  });

  it("is a privileged Pod in the host's process namespace for Nsenter", () => {
    expect(cosAdapter.podNeeds('Stage', options({ hostCommand: 'Nsenter' }))).toMatchObject({
      capabilities: [],
      privileged: true,
      hostPID: true,
    });
  });
});

describe('a node', () => {
  it.each([
    ['UpToDate', { checkedAt: '2026-03-02T12:00:00Z', version: '18613.164.98' }, 'UpToDate'],
    // Nobody has asked: that there is nothing newer is not known.
    ['UpToDate', {}, undefined],
    [
      'UpToDate',
      { checkedAt: '2026-03-02T12:00:00Z', version: '18613.164.98', available: '18613.200.1' },
      undefined,
    ],
    ['Staged', {}, 'RebootRequired'],
    ['Unknown', { checkedAt: '2026-03-02T12:00:00Z' }, undefined],
    ['Rebooting', { staged: '18613.200.1' }, undefined],
  ] as const)('that is %s with %j has the reason %s', (state, seen, reason) => {
    expect(cosAdapter.reasonOf(state, seen)).toBe(reason);
  });

  it.each([
    [
      'cos-113',
      'as announced by 2026-04, support of milestone 113 ends in 2026-03: a newer milestone takes a new VM',
    ],
    [
      'cos-117',
      'as announced by 2026-04, support of milestone 117 ends in 2026-09: a newer milestone takes a new VM',
    ],
    // Not announced, and no milestone.
    ['cos-129', undefined],
    ['cos-constructor', undefined],
    ['aws-k8s-1.34', undefined],
    [undefined, undefined],
  ])('of %s is told of the end of its milestone where that is known', (variant, text) => {
    expect(cosAdapter.remark(variant === undefined ? {} : { variant })).toBe(text);
  });
});
