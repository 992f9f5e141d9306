/** What the recorder says of new claims: S1, S2, S9, S10. Each story is one that a faulty operator would write. */
import { describe, expect, it } from '@jest/globals';
import { claimOn, entry, fourNodes, longAgo } from './support/facts.ts';
import { tellStory } from './support/story-case.ts';
import type { StoryCase } from './support/story-case.ts';

const claims = (...entries: object[]): object => ({ claims: entries });

const cases: readonly StoryCase[] = [
  {
    name: 'a claim within the budget is fine',
    tell: (s) => {
      fourNodes(s);
      s.policy('p', {}, claims(entry('n1')));
      return undefined;
    },
  },
  {
    name: 'two claims in one write over a budget of one break S1',
    breaks: 'S1',
    tell: (s) => {
      fourNodes(s);
      return s.policy('p', {}, claims(entry('n1'), entry('n2')));
    },
  },
  {
    name: 'a claim beside a node that has been NotReady for long breaks S1',
    breaks: 'S1',
    tell: (s) => {
      fourNodes(s);
      s.node('n3', { ready: false });
      s.wait(longAgo);
      return s.policy('p', {}, claims(entry('n1')));
    },
  },
  {
    name: 'a claim beside a node that turned NotReady a moment ago is fine: nobody could know',
    tell: (s) => {
      fourNodes(s);
      s.node('n3', { ready: false });
      s.policy('p', {}, claims(entry('n1')));
      return undefined;
    },
  },
  {
    name: 'a claim beside a node that somebody cordoned breaks S1',
    breaks: 'S1',
    tell: (s) => {
      fourNodes(s);
      s.node('n2', { cordoned: true });
      s.wait(longAgo);
      return s.policy('p', {}, claims(entry('n1')));
    },
  },
  {
    name: 'a claim beside a cordoned node that ignoreUnavailable excepts is fine',
    tell: (s) => {
      fourNodes(s, { rollout: { ignoreUnavailable: { matchLabels: { broken: 'yes' } } } });
      s.node('n2', { cordoned: true, labels: { broken: 'yes' } });
      s.wait(longAgo);
      s.policy(
        'p',
        { rollout: { ignoreUnavailable: { matchLabels: { broken: 'yes' } } } },
        claims(entry('n1')),
      );
      return undefined;
    },
  },
  {
    name: 'a claim beside one that only its Node tells of breaks S1',
    breaks: 'S1',
    tell: (s) => {
      fourNodes(s);
      s.node('n2', { cordoned: true, claim: claimOn('n2') });
      s.wait(longAgo);
      return s.policy('p', {}, claims(entry('n1')));
    },
  },
  {
    name: 'taking up claims that are on their Nodes is fine, also above the budget',
    tell: (s) => {
      fourNodes(s);
      s.node('n1', { cordoned: true, claim: claimOn('n1') });
      s.node('n2', { cordoned: true, claim: claimOn('n2') });
      s.wait(longAgo);
      s.policy('p', {}, claims(entry('n1'), entry('n2')));
      return undefined;
    },
  },
  {
    name: 'a share is of the nodes that the policy owns, rounded down',
    breaks: 'S1',
    tell: (s) => {
      fourNodes(s, { rollout: { maxUnavailable: '74%' } });
      s.policy('p', { rollout: { maxUnavailable: '74%' } }, claims(entry('n1'), entry('n2')));
      const three = claims(entry('n1'), entry('n2'), entry('n3'));
      return s.policy('p', { rollout: { maxUnavailable: '74%' } }, three);
    },
  },
  {
    name: 'nodes of another system, of another policy and unsupported ones are no part of the share',
    breaks: 'S1',
    tell: (s) => {
      const spec = { rollout: { maxUnavailable: '50%' } };
      fourNodes(s, spec);
      s.node('n2', { osImage: 'Container-Optimized OS from Google' });
      s.node('n3', { labels: { pool: 'x' } });
      s.policy('q', {
        priority: 1,
        nodeSelector: { matchExpressions: [{ key: 'pool', operator: 'Exists' }] },
      });
      s.node('n4', { labels: { 'node-role.kubernetes.io/control-plane': '' } });
      s.node('n5');
      s.node('n6');
      s.view('n6', { state: 'Unsupported' });
      s.wait(longAgo);
      // Left are n1 and n5: half of them is one.
      return s.policy('p', spec, claims(entry('n1'), entry('n5')));
    },
  },
  {
    name: 'after the budget was lowered no claim is made until below it (S1)',
    breaks: 'S1',
    tell: (s) => {
      fourNodes(s, { rollout: { maxUnavailable: 3 } });
      s.policy('p', { rollout: { maxUnavailable: 3 } }, claims(entry('n1'), entry('n2')));
      s.policy('p', { rollout: { maxUnavailable: 1 } }, claims(entry('n1'), entry('n2')));
      return s.policy('p', { rollout: { maxUnavailable: 1 } }, claims(entry('n1'), entry('n3')));
    },
  },
  {
    name: 'a claim of a node that another policy has claimed breaks S2',
    breaks: 'S2',
    tell: (s) => {
      fourNodes(s);
      s.policy('q', { priority: -1 });
      s.policy('p', {}, claims(entry('n1')));
      return s.policy('q', { priority: -1 }, claims(entry('n1', 'n1-2')));
    },
  },
  ...[
    { name: 'it is paused', spec: { paused: true }, status: {}, metadata: {} },
    { name: 'its mode is Plan', spec: { mode: 'Plan' }, status: {}, metadata: {} },
    {
      name: 'it is being deleted',
      spec: {},
      status: {},
      metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
    },
    { name: 'it is halted', spec: {}, status: { failures: [{ nodeUID: 'uid-n4' }] }, metadata: {} },
  ].map(({ name, spec, status, metadata }): StoryCase => ({
    name: `a claim though ${name} breaks S9`,
    breaks: 'S9',
    tell: (s) => {
      fourNodes(s);
      s.policy('p', spec, status, metadata);
      return s.policy('p', spec, { ...status, ...claims(entry('n1')) }, metadata);
    },
  })),
  {
    name: 'a claim in the write that replaced the object before the pause is fine',
    tell: (s) => {
      fourNodes(s);
      s.policy('p', {}, claims(entry('n1')));
      s.policy('p', { paused: true }, claims(entry('n1')));
      s.policy('p', { paused: true }, claims(entry('n1')));
      return undefined;
    },
  },
  {
    name: 'a claim after a halt that a new retry token cleared is fine',
    tell: (s) => {
      fourNodes(s, { retry: { token: 'again' } }, { failures: [{ nodeUID: 'uid-n4' }] });
      s.policy('p', { retry: { token: 'again' } }, { retryToken: 'again', ...claims(entry('n1')) });
      return undefined;
    },
  },
  {
    name: 'a claim in the write that changes the fence breaks S10',
    breaks: 'S10',
    tell: (s) => {
      fourNodes(s);
      return s.policy('p', {}, { fence: 'b/2', ...claims(entry('n1')) });
    },
  },
  {
    name: 'a fence that comes back after it was replaced breaks S10',
    breaks: 'S10',
    tell: (s) => {
      fourNodes(s);
      s.policy('p', {}, { fence: 'b/2' });
      return s.policy('p', {}, { fence: 'a/1' });
    },
  },
  {
    name: 'a status that is written over whatever is there breaks S10',
    breaks: 'S10',
    tell: (s) => {
      fourNodes(s);
      const [resource, subresource, name] = ['containerospolicies', 'status', 'p'];
      s.request({ verb: 'update', resource, subresource, name, body: { metadata: { name }, status: {} } });
      return s.revision;
    },
  },
  {
    name: 'a Node that is written over whatever is there breaks S10',
    breaks: 'S10',
    tell: (s) => {
      fourNodes(s);
      s.request({ verb: 'patch', resource: 'nodes', name: 'n1', body: { metadata: { annotations: {} } } });
      return s.revision;
    },
  },
];

describe('the recorder on claims', () => {
  it.each(cases)('sees that $name', (story) => {
    const { found, wanted } = tellStory(story);
    expect(found).toEqual(wanted);
  });
});
