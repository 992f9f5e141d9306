import { describe, expect, it } from '@jest/globals';
import { pdbFacts } from '../../../../src/adapters/kubernetes/facts/pdb.ts';
import { policyFacts } from '../../../../src/adapters/kubernetes/facts/policy.ts';
import { viewFacts } from '../../../../src/adapters/kubernetes/facts/view.ts';

describe('the facts of a policy', () => {
  it('are its spec with defaults and its status', () => {
    const status = { observedGeneration: 2, fence: 'a/1', claims: [] };
    const facts = policyFacts({
      metadata: { name: 'p', uid: 'u', generation: 2, resourceVersion: '5' },
      spec: { os: 'Bottlerocket' },
      status,
    });
    expect(facts).toMatchObject({
      name: 'p',
      uid: 'u',
      generation: 2,
      resourceVersion: '5',
      deleting: false,
      status,
    });
    expect(facts.spec).toMatchObject({ os: 'Bottlerocket', mode: 'Apply', rollout: { maxUnavailable: 1 } });
  });

  it('name what is wrong with a spec that was stored before its rules', () => {
    const { spec } = policyFacts({ spec: { os: 'Bottlerocket', rollout: { soak: 'a while' } } });
    expect(spec).toEqual({ invalid: expect.stringMatching(/^spec\.rollout\.soak: must be a duration/) });
  });

  it.each([
    {
      name: 'an hour that there is not',
      schedule: { windows: [{ start: '0 99 * * *', duration: '1h' }] },
      says: /^spec\.schedule\.windows\[0\]\.start: must be a cron expression of five fields, .* and is "0 99 \* \* \*"$/,
    },
    {
      name: 'a zone that there is not',
      schedule: { timeZone: 'Europe/Atlantis' },
      says: /^spec\.schedule\.timeZone: must be a time zone of the IANA database such as Europe\/Berlin or UTC, and is "Europe\/Atlantis"$/,
    },
  ])('name $name, which the API server cannot know', ({ schedule, says }) => {
    const { spec } = policyFacts({ spec: { os: 'Bottlerocket', schedule } });
    expect(spec).toEqual({ invalid: expect.stringMatching(says) });
  });

  it.each([
    [undefined],
    [{}],
    [{ observedGeneration: 'x' }],
    [{ observedGeneration: 1, claims: [{ node: 5 }] }],
    ['wiped'],
  ])('hold no status where it is %j', (status) => {
    expect(policyFacts({ spec: { os: 'Bottlerocket' }, status }).status).toEqual({ observedGeneration: -1 });
  });
});

describe('the facts of a ContainerOSNode', () => {
  const owner = { kind: 'Node', name: 'n1', uid: 'node-uid' };

  it('are its status and its Node', () => {
    const metadata = { name: 'n1', uid: 'u', resourceVersion: '5', ownerReferences: [owner] };
    expect(viewFacts({ metadata, status: { state: 'Held' } })).toEqual({
      name: 'n1',
      uid: 'u',
      resourceVersion: '5',
      nodeUID: 'node-uid',
      status: { state: 'Held' },
    });
  });

  it('hold no status where it cannot be read', () => {
    expect(viewFacts({ metadata: { name: 'n1' }, status: { state: 'Elsewhere' } })).toMatchObject({
      nodeUID: '',
      status: {},
    });
  });
});

describe('the facts of a PodDisruptionBudget', () => {
  it('are what it allows now', () => {
    const metadata = { namespace: 'shop', name: 'web', generation: 3 };
    const spec = { selector: { matchLabels: { app: 'web' } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' };
    const status = { observedGeneration: 3, disruptionsAllowed: 1, currentHealthy: 3, desiredHealthy: 2 };
    expect(pdbFacts({ metadata, spec, status })).toEqual({
      namespace: 'shop',
      name: 'web',
      selector: spec.selector,
      disruptionsAllowed: 1,
      currentHealthy: 3,
      desiredHealthy: 2,
      current: true,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    });
  });

  it('allow nothing before the controller has seen it', () => {
    expect(pdbFacts({ metadata: { generation: 1 }, spec: {} })).toMatchObject({
      disruptionsAllowed: 0,
      current: false,
    });
  });

  it('tell no selector, which selects nothing, from an empty one, which selects all', () => {
    expect(pdbFacts({ spec: {} }).selector).toBe('None');
    expect(pdbFacts({ spec: { selector: null } }).selector).toBe('None');
    expect(pdbFacts({ spec: { selector: {} } }).selector).toEqual({});
  });
});
