import { describe, expect, it } from '@jest/globals';
import { podFacts, replicaFacts } from '../../../../src/adapters/kubernetes/facts/pod.ts';

describe('the facts of a Pod', () => {
  it('are what a drain reads', () => {
    const facts = podFacts({
      metadata: {
        namespace: 'shop',
        name: 'web-1',
        uid: 'u1',
        labels: { app: 'web' },
        annotations: { 'containeros.dev/do-not-evict-before': '2026-11-23T12:00:00+01:00' },
        creationTimestamp: '2026-11-23T09:00:00Z',
        deletionTimestamp: '2026-11-23T10:00:30Z',
        finalizers: ['shop.example/last-words'],
        ownerReferences: [
          { kind: 'Other', name: 'other', uid: 'o1' },
          { kind: 'ReplicaSet', name: 'web', uid: 'r1', controller: true },
        ],
      },
      spec: { nodeName: 'n1', volumes: [{ emptyDir: {} }] },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(facts).toEqual({
      namespace: 'shop',
      name: 'web-1',
      uid: 'u1',
      nodeName: 'n1',
      labels: { app: 'web' },
      controller: { kind: 'ReplicaSet', name: 'web', uid: 'r1' },
      mirror: false,
      phase: 'Running',
      ready: true,
      emptyDir: true,
      finalizers: ['shop.example/last-words'],
      deletionTimestamp: Date.parse('2026-11-23T10:00:30Z'),
      doNotEvictBefore: Date.parse('2026-11-23T11:00:00Z'),
    });
  });

  it.each([
    ['a mirror Pod', { metadata: { annotations: { 'kubernetes.io/config.mirror': 'x' } } }, { mirror: true }],
    ['one without an owner', {}, { controller: undefined }],
    ['one in no known phase', { status: { phase: 'Strange' } }, { phase: 'Unknown' }],
    [
      'one that is not ready',
      { status: { conditions: [{ type: 'Ready', status: 'False' }] } },
      { ready: false },
    ],
    ['one without data of its own', { spec: { volumes: [{}] } }, { emptyDir: false }],
  ])('show %s', (_name, raw, facts) => {
    expect(podFacts(raw)).toMatchObject(facts);
  });

  it.each(['tomorrow', '5', '', '2026-13-45T00:00:00Z'])('do not take %j for a time', (text) => {
    const { doNotEvictBefore } = podFacts({
      metadata: { annotations: { 'containeros.dev/do-not-evict-before': text } },
    });
    expect(doNotEvictBefore).toBeUndefined();
  });
});

describe('a replica of our own', () => {
  const ready = { status: { conditions: [{ type: 'Ready', status: 'True' }] }, spec: { nodeName: 'n1' } };

  it('is ready while it is to stay', () => {
    expect(replicaFacts({ metadata: { name: 'a' }, ...ready })).toEqual({
      pod: 'a',
      nodeName: 'n1',
      ready: true,
    });
  });

  it('is not ready once it is being deleted', () => {
    const metadata = { name: 'a', deletionTimestamp: '2026-11-23T10:00:00Z' };
    expect(replicaFacts({ metadata, ...ready }).ready).toBe(false);
  });
});
