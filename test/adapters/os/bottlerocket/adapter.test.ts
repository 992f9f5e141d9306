import { describe, expect, it } from '@jest/globals';
import { bottlerocketAdapter } from '../../../../src/adapters/os/bottlerocket/adapter.ts';
import { bottlerocketReasons } from '../../../../src/adapters/os/bottlerocket/reasons.ts';
import type { NodeFacts } from '../../../../src/plan/facts.ts';
import { waveReady } from '../../../lab/hosts/bottlerocket/waves.ts';
import { assertDocumented } from '../../../support/documented.ts';

const node = (osImage: string, labels: Record<string, string> = {}) =>
  ({ osImage, labels, kubeletVersion: 'v1.33.1', architecture: 'amd64' }) as unknown as NodeFacts;

describe('recognise', () => {
  it.each([
    ['Bottlerocket OS 1.12.0 (aws-k8s-1.25)', '1.12.0', 'aws-k8s-1.25'],
    ['Bottlerocket OS 1.15.0 (vmware-k8s-1.24)', '1.15.0', 'vmware-k8s-1.24'],
    ['Bottlerocket OS 1.57.0 (aws-k8s-1.35-nvidia-fips)', '1.57.0', 'aws-k8s-1.35-nvidia-fips'],
    ['Bottlerocket OS 1.26.1-rc.1 (metal-k8s-1.29)', '1.26.1-rc.1', 'metal-k8s-1.29'],
  ])('reads version and variant of "%s"', (osImage, version, variant) => {
    expect(bottlerocketAdapter.recognise(node(osImage))).toEqual({ kind: 'Ours', version, variant });
  });

  it.each([
    'Bottlerocket (EKS Auto, Standard) 2026.9.14 (aws-k8s-1.36-standard)',
    'Bottlerocket (EKS Auto, Nvidia) 2026.4.23 (aws-k8s-1.34-nvidia)',
    'Bottlerocket (EKS Auto) 2025.3.14 (aws-k8s-1.30)',
  ])('leaves "%s" to EKS Auto Mode', (osImage) => {
    expect(bottlerocketAdapter.recognise(node(osImage))).toEqual({
      kind: 'Unsupported',
      reason: 'EKSAutoMode',
      because: bottlerocketReasons.EKSAutoMode.says[0],
    });
  });

  it('leaves a node to the operator that its label names', () => {
    const labels = { 'bottlerocket.aws/updater-interface-version': '2.0.0' };
    const refused = bottlerocketAdapter.recognise(node('Bottlerocket OS 1.26.0 (aws-k8s-1.31)', labels));
    expect(refused).toMatchObject({ kind: 'Unsupported', reason: 'ManagedElsewhere' });
    const because = refused.kind === 'Unsupported' ? refused.because : '';
    expect(() => assertDocumented('ManagedElsewhere', because, [bottlerocketReasons])).not.toThrow();
    expect(bottlerocketAdapter.recognise(node('Ubuntu 24.04', labels))).toEqual({ kind: 'NotOurs' });
  });

  it.each([
    'Bottlerocket OS 1.2 (aws-k8s-1.31)',
    'Bottlerocket OS 1.26.0',
    'My Bottlerocket OS 1.26.0 (aws-k8s-1.31)',
  ])('does not guess at "%s"', (osImage) => {
    expect(bottlerocketAdapter.recognise(node(osImage))).toEqual({ kind: 'NotOurs' });
  });
});

describe('recognise, where a label vouches for the node', () => {
  const labels = { 'containeros.dev/os': 'Bottlerocket' };

  it.each([
    ['Acme OS 1.26.0 (aws-k8s-1.31)', '1.26.0', 'aws-k8s-1.31'],
    ['Bottlerocket OS 1.26.0 (aws-k8s-1.31)', '1.26.0', 'aws-k8s-1.31'],
    ['1.26.0-acme.1 (metal-k8s-1.29)', '1.26.0-acme.1', 'metal-k8s-1.29'],
  ])('reads version and variant of "%s"', (osImage, version, variant) => {
    expect(bottlerocketAdapter.recognise(node(osImage, labels))).toEqual({ kind: 'Ours', version, variant });
  });

  it.each(['Acme OS', 'Acme OS 1.26 (aws-k8s-1.31)', 'Acme OS 1.26.0', 'Acme OS v(1.26.0)'])(
    'says that "%s" shows no version',
    (osImage) => {
      const refused = bottlerocketAdapter.recognise(node(osImage, labels));
      expect(refused).toMatchObject({ kind: 'Unsupported', reason: 'NoVersionShown' });
      const because = refused.kind === 'Unsupported' ? refused.because : '';
      expect(() => assertDocumented('NoVersionShown', because, [bottlerocketReasons])).not.toThrow();
    },
  );

  it('still leaves it to EKS Auto Mode, and to the operator that another label names', () => {
    const autoMode = node('Bottlerocket (EKS Auto, Standard) 2026.9.14 (aws-k8s-1.36-standard)', labels);
    expect(bottlerocketAdapter.recognise(autoMode)).toMatchObject({ reason: 'EKSAutoMode' });
    const both = { ...labels, 'bottlerocket.aws/updater-interface-version': '2.0.0' };
    expect(bottlerocketAdapter.recognise(node('Acme OS 1.26.0 (aws-k8s-1.31)', both))).toMatchObject({
      reason: 'ManagedElsewhere',
    });
  });

  it('takes no other word than its own', () => {
    for (const word of ['', 'bottlerocket', 'ContainerOptimizedOS'])
      expect(
        bottlerocketAdapter.recognise(node('Acme OS 1.26.0 (aws-k8s-1.31)', { 'containeros.dev/os': word })),
      ).toEqual({ kind: 'NotOurs' });
  });
});

describe('compareVersions', () => {
  it.each([
    ['1.26.0', '1.26.1'],
    ['1.9.3', '1.26.0'],
    ['1.26.1-rc.1', '1.26.1'],
    ['2025.3.14', '2026.1.1'],
  ])('puts %s before %s', (older, newer) => {
    expect(bottlerocketAdapter.compareVersions(older, newer)).toBeLessThan(0);
    expect(bottlerocketAdapter.compareVersions(newer, older)).toBeGreaterThan(0);
  });

  it('takes no difference from a leading v', () => {
    expect(bottlerocketAdapter.compareVersions('v1.26.0', '1.26.0')).toBe(0);
  });
});

describe('the end of the default waves', () => {
  // As core-kit's `sources/updater/waves/default-waves.toml` has them: the seed that a wave ends at, and the hours until the next.
  const starts = { 0: 1, 20: 4, 102: 24, 307: 48, 819: 96, 1228: 120, 1843: 144 };
  const released = Date.parse('2030-01-01T00:00:00Z');
  const waves = Object.fromEntries(
    Object.entries(starts).map(([seed, hours]) => [
      seed,
      new Date(released + hours * 3_600_000).toISOString(),
    ]),
  );
  const seeds = Array.from({ length: 2048 }, (_, seed) => seed);
  const end = released + (bottlerocketAdapter.wavesEndAfterMs ?? 0);

  it('is when the last host is ready, and no sooner', () => {
    expect(seeds.filter((seed) => !waveReady(waves, seed, end))).toEqual([]);
    expect(seeds.filter((seed) => !waveReady(waves, seed, end - 1))).not.toEqual([]);
  });
});

it('asks for the socket and the least SELinux type that may write to it', () => {
  expect(bottlerocketAdapter.podNeeds('Stage', {})).toEqual({
    hostPaths: [
      { name: 'api-socket', hostPath: '/run/api.sock', type: 'Socket', mountPath: '/run/api.sock' },
    ],
    runAsUser: 0,
    capabilities: [],
    seLinux: { user: 'system_u', role: 'system_r', type: 'control_t', level: 's0' },
    appArmorUnconfined: false,
    privileged: false,
    hostPID: false,
  });
});
