/** What the recorder says of cordons, verification, and of what is not ours: S6 to S8, S11, S13, S14. */
import { describe, expect, it } from '@jest/globals';
import { claimAnnotation, claimOn, entry, fourNodes, orderNow } from './support/facts.ts';
import { claimed, cordoned, evict, ordered, taskOf } from './support/node-story.ts';
import { tellStory } from './support/story-case.ts';
import type { StoryCase } from './support/story-case.ts';
import type { Story } from './support/story.ts';

const release = { metadata: claimAnnotation(null), spec: { unschedulable: null } };
const cordons: readonly StoryCase[] = [
  {
    name: 'cordon and uncordon with the claim are fine',
    tell: (s) => {
      claimed(s);
      s.patchNode('n1', release, {});
      return undefined;
    },
  },
  {
    name: 'lifting a cordon that was there before the claim breaks S6',
    breaks: 'S6',
    tell: (s) => {
      claimed(s, {}, { cordoned: true });
      return s.patchNode('n1', release, {});
    },
  },
  {
    name: 'lifting a cordon whose claim somebody else removed breaks S6',
    breaks: 'S6',
    tell: (s) => {
      claimed(s);
      s.node('n1', { cordoned: true });
      return s.patchNode('n1', release, {});
    },
  },
  {
    name: 'lifting a cordon in spite of keep-cordoned breaks S6',
    breaks: 'S6',
    tell: (s) => {
      claimed(s);
      s.node('n1', { ...cordoned(), annotations: { 'containeros.dev/keep-cordoned': 'memory test' } });
      return s.patchNode('n1', release, {});
    },
  },
  {
    name: 'a cordon without a claim breaks S7',
    breaks: 'S7',
    tell: (s) => {
      fourNodes(s);
      return s.patchNode('n1', { spec: { unschedulable: true } }, { cordoned: true });
    },
  },
  {
    name: 'an uncordon that leaves the claim breaks S7',
    breaks: 'S7',
    tell: (s) => {
      claimed(s);
      return s.patchNode('n1', { spec: { unschedulable: null } }, { claim: claimOn('n1') });
    },
  },
  {
    name: 'a claim that goes and leaves the cordon breaks S7',
    breaks: 'S7',
    tell: (s) => {
      claimed(s);
      return s.patchNode('n1', { metadata: claimAnnotation(null) }, { cordoned: true });
    },
  },
  {
    name: 'a claim that goes and leaves a cordon that is to be kept is fine',
    tell: (s) => {
      claimed(s);
      s.node('n1', { ...cordoned(), annotations: { 'containeros.dev/keep-cordoned': 'memory test' } });
      s.patchNode('n1', { metadata: claimAnnotation(null) }, { cordoned: true });
      return undefined;
    },
  },
];

const soaking = (s: Story): number => s.policy('p', {}, { claims: [entry('n1', 'n1-1', 'Soaking')] });
const newImage = 'Bottlerocket OS 1.26.1 (aws-k8s-1.33)';
const cosImage = 'Container-Optimized OS from Google';
const verifications: readonly StoryCase[] = [
  {
    name: 'a node that is Ready on a new boot id with the new version is updated',
    tell: (s) => {
      claimed(s);
      s.node('n1', { ...cordoned(ordered(s)), bootID: 'boot-2', osImage: newImage });
      soaking(s);
      return undefined;
    },
  },
  ...[
    { name: 'on its old boot id', after: { osImage: newImage } },
    { name: 'that is not Ready', after: { bootID: 'boot-2', osImage: newImage, ready: false } },
    { name: 'that fell back to the old version', after: { bootID: 'boot-2' } },
  ].map(({ name, after }): StoryCase => ({
    name: `a node ${name} that counts as updated breaks S8`,
    breaks: 'S8',
    tell: (s) => {
      claimed(s);
      s.node('n1', { ...cordoned(ordered(s)), ...after });
      return soaking(s);
    },
  })),
  ...[
    { name: 'down to its exact target is updated', target: '1.24.0', exact: true, runs: '1.24.0' },
    { name: 'past its target is updated', target: '1.26.1', exact: false, runs: '1.27.0' },
    {
      name: 'past its exact target is not (S8)',
      target: '1.26.1',
      exact: true,
      runs: '1.27.0',
      breaks: 'S8',
    },
    {
      name: 'short of its downgrade is not (S8)',
      target: '1.24.0',
      exact: true,
      runs: '1.25.0',
      breaks: 'S8',
    },
  ].map(({ name, target, exact, runs, breaks }): StoryCase => ({
    name: `a node that went ${name}`,
    ...(breaks !== undefined && { breaks }),
    tell: (s) => {
      const claim = { target, ...(exact && { exact }) };
      claimed(s, claim);
      const after = { bootID: 'boot-2', osImage: `Bottlerocket OS ${runs} (aws-k8s-1.33)` };
      s.node('n1', { ...cordoned({ ...claim, ...ordered(s) }), ...after });
      const revision = soaking(s);
      return breaks === undefined ? undefined : revision;
    },
  })),
  ...[
    { name: 'is updated', runs: '1.26.1', breaks: undefined },
    { name: 'and fell back is not (S8)', runs: '1.25.0', breaks: 'S8' },
  ].map(({ name, runs, breaks }): StoryCase => ({
    name: `a node of a build under another name ${name}`,
    ...(breaks !== undefined && { breaks }),
    tell: (s) => {
      const labels = { 'containeros.dev/os': 'Bottlerocket' };
      claimed(s);
      const after = { bootID: 'boot-2', osImage: `Acme OS ${runs} (aws-k8s-1.33)`, labels };
      s.node('n1', { ...cordoned(ordered(s)), ...after });
      const revision = soaking(s);
      return breaks === undefined ? undefined : revision;
    },
  })),
  {
    name: 'a node that counts as updated without an order breaks S8',
    breaks: 'S8',
    tell: (s) => {
      claimed(s);
      s.node('n1', { ...cordoned(), bootID: 'boot-2', osImage: newImage });
      return soaking(s);
    },
  },
  ...[
    { name: 'a newer build is updated', version: '18613.164.98', bootID: 'boot-2', breaks: undefined },
    { name: 'the same build is not (S8)', version: '18613.164.4', bootID: 'boot-2', breaks: 'S8' },
    {
      name: 'an answer from before the boot proves nothing (S8)',
      version: '18613.164.98',
      bootID: 'boot-1',
      breaks: 'S8',
    },
  ].map(({ name, version, bootID, breaks }): StoryCase => ({
    name: `of Container-Optimized OS ${name}`,
    ...(breaks !== undefined && { breaks }),
    tell: (s) => {
      const claim = { os: 'ContainerOptimizedOS', from: '18613.164.4', target: '' };
      fourNodes(s);
      s.policy('p', {}, { claims: [entry('n1')] });
      s.node('n1', { osImage: cosImage, ...cordoned(claim) });
      const after = { osImage: cosImage, ...cordoned({ ...claim, order: orderNow(s) }) };
      s.node('n1', after);
      s.node('n1', { ...after, bootID: 'boot-2' });
      s.pod('task-uid-n1', { ...taskOf('n1', 'Inspect'), message: JSON.stringify({ version, bootID }) });
      const revision = soaking(s);
      return breaks === undefined ? undefined : revision;
    },
  })),
];

const manners: readonly StoryCase[] = [
  {
    name: 'a taint that we write breaks S11',
    breaks: 'S11',
    tell: (s) => {
      fourNodes(s);
      return s.patchNode('n1', { spec: { taints: [] } }, {});
    },
  },
  {
    name: "somebody else's annotation that we write breaks S11",
    breaks: 'S11',
    tell: (s) => {
      fourNodes(s);
      return s.patchNode('n1', { metadata: { annotations: { 'example.com/owner': 'me' } } }, {});
    },
  },
  {
    name: "an autoscaler's annotation that we remove and did not add breaks S11",
    breaks: 'S11',
    tell: (s) => {
      fourNodes(s);
      s.node('n1', { annotations: { 'karpenter.sh/do-not-disrupt': 'true' } });
      return s.patchNode('n1', { metadata: { annotations: { 'karpenter.sh/do-not-disrupt': null } } }, {});
    },
  },
  {
    name: 'our note of the settings of a host is fine',
    tell: (s) => {
      fourNodes(s);
      s.patchNode('n1', { metadata: { annotations: { 'containeros.dev/restore': '{}' } } }, {});
      return undefined;
    },
  },
  ...[
    { name: 'after a task has put them back is fine', message: '{"restored":true}', breaks: undefined },
    { name: 'that no task has put back breaks S11', message: '{"outcome":"Done"}', breaks: 'S11' },
  ].map(({ name, message, breaks }): StoryCase => ({
    name: `forgetting settings ${name}`,
    ...(breaks !== undefined && { breaks }),
    tell: (s) => {
      fourNodes(s);
      s.node('n1', { annotations: { 'containeros.dev/restore': '{}' } });
      s.pod('task-uid-n1', { ...taskOf('n1', 'Inspect'), message });
      const revision = s.patchNode(
        'n1',
        { metadata: { annotations: { 'containeros.dev/restore': null } } },
        {},
      );
      return breaks === undefined ? undefined : revision;
    },
  })),
  {
    name: 'a write to what is not ours breaks S11',
    breaks: 'S11',
    tell: (s) => {
      fourNodes(s);
      s.request({ verb: 'update', resource: 'configmaps', namespace: 'shop', name: 'web' });
      return s.revision;
    },
  },
  ...['os-hooks', 'shop'].map((namespace) => ({
    name: `a Job in ${namespace} ${namespace === 'shop' ? 'breaks S11' : 'is a hook'}`,
    ...(namespace === 'shop' ? { breaks: 'S11' as const } : {}),
    tell: (s: Story) => {
      fourNodes(s);
      s.request({ verb: 'create', resource: 'jobs', namespace, name: 'before-drain-1' });
      return namespace === 'shop' ? s.revision : undefined;
    },
  })),
  {
    name: 'two control-plane nodes at once break S13',
    breaks: 'S13',
    tell: (s) => {
      const labels = { 'node-role.kubernetes.io/control-plane': '' };
      s.node('n1', { labels, cordoned: true, claim: claimOn('n1') });
      s.node('n2', { labels });
      return s.node('n2', { labels, cordoned: true, claim: claimOn('n2') });
    },
  },
  {
    name: 'the nodes of both replicas at once break S13',
    breaks: 'S13',
    tell: (s) => {
      const own = {
        namespace: 'container-os-operator',
        labels: { 'app.kubernetes.io/name': 'container-os-operator' },
      };
      s.node('n1');
      s.node('n2');
      s.pod('operator-1', { ...own, node: 'n1' });
      s.pod('operator-2', { ...own, node: 'n2' });
      s.wait(5);
      s.node('n1', { cordoned: true, claim: claimOn('n1') });
      return s.node('n2', { cordoned: true, claim: claimOn('n2') });
    },
  },
  {
    name: 'a request that authorization refuses breaks S14',
    breaks: 'S14',
    tell: (s) => {
      s.node('n1');
      s.request({ verb: 'list', resource: 'secrets', forbidden: true });
      return s.revision;
    },
  },
  {
    name: 'a request that admission refuses is fine',
    tell: (s) => {
      s.node('n1');
      const eviction = evict('web-1', { preconditions: { uid: 'uid-web-1' } });
      s.request({ ...eviction, code: 403 });
      return undefined;
    },
  },
];

describe.each([
  { what: 'cordons', cases: cordons },
  { what: 'verification', cases: verifications },
  { what: 'what is not ours', cases: manners },
])('the recorder on $what', ({ cases }) => {
  it.each(cases)('sees that $name', (story) => {
    const { found, wanted } = tellStory(story);
    expect(found).toEqual(wanted);
  });
});
