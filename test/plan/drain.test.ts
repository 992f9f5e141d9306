import { describe, expect, it } from '@jest/globals';
import { policySpec } from '../../src/api/policy-spec.ts';
import { isEvictable, isGivenUp, standingBlock } from '../../src/plan/drain.ts';
import type { PodFacts } from '../../src/plan/facts.ts';
import { aPod, aSnapshot, minute, noon, taskPodIn } from '../support/builders.ts';

const drain = (more: object = {}) => policySpec.parse({ os: 'Bottlerocket', drain: more }).drain;
const { self } = aSnapshot();
const own = { 'app.kubernetes.io/name': 'container-os-operator', 'pod-template-hash': 'abc' };
const daemon = { kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' };

describe('isEvictable', () => {
  it.each<{ name: string; pod: PodFacts; spec?: object; evictable: boolean }>([
    { name: 'a Pod of a ReplicaSet', pod: aPod('p', 'n1'), evictable: true },
    {
      name: 'a Pod of a StatefulSet',
      pod: aPod('p', 'n1', { controller: { kind: 'StatefulSet', name: 'db', uid: 'u' } }),
      evictable: true,
    },
    { name: 'a Pod without a controller', pod: aPod('p', 'n1', { controller: undefined }), evictable: true },
    { name: 'a Pending Pod', pod: aPod('p', 'n1', { phase: 'Pending', ready: false }), evictable: true },
    {
      name: 'a Pod whose kubelet is silent',
      pod: aPod('p', 'n1', { phase: 'Unknown', ready: false }),
      evictable: true,
    },
    { name: 'a Pod that is going', pod: aPod('p', 'n1', { deletionTimestamp: noon }), evictable: true },
    { name: 'a mirror Pod', pod: aPod('p', 'n1', { mirror: true }), evictable: false },
    { name: 'a Pod of a DaemonSet', pod: aPod('p', 'n1', { controller: daemon }), evictable: false },
    { name: 'a Pod that succeeded', pod: aPod('p', 'n1', { phase: 'Succeeded' }), evictable: false },
    { name: 'a Pod that failed', pod: aPod('p', 'n1', { phase: 'Failed' }), evictable: false },
    {
      name: 'a Pod that has ended and is still being deleted, say for a finalizer',
      pod: aPod('p', 'n1', { phase: 'Succeeded', deletionTimestamp: noon }),
      evictable: true,
    },
    { name: 'a task Pod', pod: taskPodIn('n1'), evictable: false },
    {
      name: "the operator's own Pod",
      pod: aPod('p', 'n1', { namespace: 'operator', labels: own }),
      evictable: false,
    },
    {
      name: "a Pod with the operator's labels in another namespace",
      pod: aPod('p', 'n1', { labels: own }),
      evictable: true,
    },
    {
      name: "another Pod in the operator's namespace",
      pod: aPod('p', 'n1', { namespace: 'operator' }),
      evictable: true,
    },
    {
      name: 'a Pod that skipPods selects',
      pod: aPod('p', 'n1', { labels: { app: 'cache' } }),
      spec: { skipPods: { matchLabels: { app: 'cache' } } },
      evictable: false,
    },
    {
      name: 'a Pod that skipPods does not select',
      pod: aPod('p', 'n1'),
      spec: { skipPods: { matchLabels: { app: 'cache' } } },
      evictable: true,
    },
  ])('$name: $evictable', ({ pod, spec, evictable }) => {
    expect(isEvictable(pod, drain(spec), self)).toBe(evictable);
  });

  it('takes no Pod for its own while it does not know its labels', () => {
    const pod = aPod('p', 'n1', { namespace: 'operator', labels: own });
    expect(isEvictable(pod, drain(), { ...self, podLabels: {} })).toBe(true);
  });
});

describe('standingBlock', () => {
  it.each<{ name: string; pod: PodFacts; spec?: object; says: string | undefined }>([
    { name: 'nothing blocks an ordinary Pod', pod: aPod('p', 'n1'), says: undefined },
    {
      name: 'a Pod without a controller blocks',
      pod: aPod('p', 'n1', { controller: undefined }),
      says: 'pod default/p has no controller that would bring it back, and drain.force is false',
    },
    {
      name: 'a Pod without a controller goes by force',
      pod: aPod('p', 'n1', { controller: undefined }),
      spec: { force: true },
      says: undefined,
    },
    {
      name: 'emptyDir data may be lost by default',
      pod: aPod('p', 'n1', { emptyDir: true }),
      says: undefined,
    },
    {
      name: 'emptyDir data blocks where the policy says so',
      pod: aPod('p', 'n1', { emptyDir: true }),
      spec: { deleteEmptyDirData: false },
      says: 'pod default/p has emptyDir data, and drain.deleteEmptyDirData is false',
    },
    {
      name: 'do-not-evict-before blocks until then',
      pod: aPod('p', 'n1', { doNotEvictBefore: noon + minute }),
      says: 'pod default/p is not to be evicted before 2026-03-02T12:01:00Z (containeros.dev/do-not-evict-before)',
    },
    { name: 'and not any longer', pod: aPod('p', 'n1', { doNotEvictBefore: noon }), says: undefined },
    {
      name: 'a Pod that is going blocks nothing',
      pod: aPod('p', 'n1', { controller: undefined, deletionTimestamp: noon }),
      says: undefined,
    },
  ])('$name', ({ pod, spec, says }) => {
    expect(standingBlock(pod, drain(spec), noon)).toBe(says);
  });
});

describe('isGivenUp', () => {
  it.each([
    { name: 'not without the setting', after: undefined, since: noon - 60 * minute, givenUp: false },
    {
      name: 'not within the time past its grace period',
      after: minute,
      since: noon - minute,
      givenUp: false,
    },
    { name: 'after it', after: minute, since: noon - minute - 1, givenUp: true },
    { name: 'not while nobody deleted it', after: minute, since: undefined, givenUp: false },
  ])('$name', ({ after, since, givenUp }) => {
    expect(isGivenUp(aPod('p', 'n1', { deletionTimestamp: since }), after, noon)).toBe(givenUp);
  });
});
