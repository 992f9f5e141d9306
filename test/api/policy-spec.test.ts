import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import { wrongPolicies } from '../e2e/wrong-policies.ts';

describe('policySpec', () => {
  it('makes a complete policy of an operating system alone', () => {
    expect(policySpec.parse({ os: 'Bottlerocket' })).toEqual({
      os: 'Bottlerocket',
      includeControlPlane: false,
      priority: 0,
      mode: 'Apply',
      paused: false,
      target: { version: 'Latest', approval: 'Automatic' },
      checkInterval: '6h',
      rollout: {
        maxUnavailable: 1,
        soak: '30s',
        maxFailures: 1,
        prefetch: { enabled: true, maxConcurrent: 10 },
      },
      drain: { timeout: '30m', deleteEmptyDirData: true, force: false, onTimeout: 'Release' },
      reboot: { timeout: '20m' },
      retry: { limit: 3, backoff: '10m' },
    });
  });

  it('fills in the block of one operating system only where it is given', () => {
    expect(policySpec.parse({ os: 'ContainerOptimizedOS' })).not.toHaveProperty('containerOptimizedOS');
    expect(
      policySpec.parse({ os: 'ContainerOptimizedOS', containerOptimizedOS: {} }).containerOptimizedOS,
    ).toEqual({
      startUpdateEngine: false,
      checkForUpdate: true,
      hostCommand: 'Chroot',
    });
  });

  it('reads a newer policy without the fields it does not know', () => {
    expect(policySpec.parse({ os: 'Bottlerocket', later: { a: 1 } })).not.toHaveProperty('later');
  });

  // An object that was stored before a rule existed is judged by our own parsing.
  it.each(wrongPolicies.filter(({ unknownField }) => unknownField === undefined))(
    'refuses $name, as the API server does',
    ({ spec }) => {
      expect(policySpec.safeParse(spec).success).toBe(false);
    },
  );
});
