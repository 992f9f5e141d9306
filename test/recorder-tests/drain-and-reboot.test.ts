/** What the recorder says of evictions, tasks, orders and reboots: S2 to S5. Each bad story is one that a faulty operator would write. */
import { describe, expect, it } from '@jest/globals';
import { checkHistory } from '../recorder/check-history.ts';
import { claimOn, entry, fourNodes, orderNow } from './support/facts.ts';
import { claimed, cordoned, evict, ordered, taskOf, tasks } from './support/node-story.ts';
import { createStory } from './support/story.ts';
import { tellStory } from './support/story-case.ts';
import type { StoryCase } from './support/story-case.ts';

const evictions: readonly StoryCase[] = [
  {
    name: 'an eviction with the UID is fine',
    tell: (s) => {
      claimed(s);
      s.request(evict('web-1', { preconditions: { uid: 'uid-web-1' } }));
      return undefined;
    },
  },
  {
    name: 'an eviction without the UID breaks S3',
    breaks: 'S3',
    tell: (s) => {
      claimed(s);
      s.request(evict('web-1', {}));
      return s.revision;
    },
  },
  {
    name: 'an eviction that leaves no time breaks S3',
    breaks: 'S3',
    tell: (s) => {
      claimed(s);
      s.request(evict('web-1', { preconditions: { uid: 'uid-web-1' }, gracePeriodSeconds: 0 }));
      return s.revision;
    },
  },
  {
    name: 'a Pod that is deleted outside the tasks namespace breaks S3',
    breaks: 'S3',
    tell: (s) => {
      claimed(s);
      s.request({ verb: 'delete', resource: 'pods', namespace: 'shop', name: 'web-1' });
      return s.revision;
    },
  },
  {
    name: 'two task Pods for one Node break S2',
    breaks: 'S2',
    tell: (s) => {
      s.node('n1');
      s.pod('task-uid-n1', taskOf('n1', 'Stage'));
      return s.pod('task-again', taskOf('n1', 'Inspect'));
    },
  },
];

const orders: readonly StoryCase[] = [
  {
    name: 'an order after the last Pod has gone is fine',
    tell: (s) => {
      claimed(s);
      ordered(s);
      return undefined;
    },
  },
  {
    name: 'an order with a Pod on the node breaks S4',
    breaks: 'S4',
    tell: (s) => {
      claimed(s);
      return s.node('n1', cordoned({ order: orderNow(s) }));
    },
  },
  {
    name: 'a Pod that came after the list is not our breach',
    tell: (s) => {
      claimed(s);
      s.pod('web-1', { node: 'n1', deleted: true });
      s.pod('late', { node: 'n1' });
      s.node('n1', cordoned({ order: orderNow(s) }));
      return undefined;
    },
  },
  {
    name: 'a Pod that came long after the list breaks S4: the list was too old',
    breaks: 'S4',
    tell: (s) => {
      claimed(s);
      s.pod('web-1', { node: 'n1', deleted: true });
      s.pod('late', { node: 'n1' });
      s.wait(10);
      return s.node('n1', cordoned({ order: orderNow(s) }));
    },
  },
  {
    name: 'a node that was empty only before its cordon breaks S4',
    breaks: 'S4',
    tell: (s) => {
      fourNodes(s);
      s.policy('p', {}, { claims: [entry('n1')] });
      s.pod('web-1', { node: 'n1' });
      s.node('n1', cordoned());
      return s.node('n1', cordoned({ order: orderNow(s) }));
    },
  },
  {
    name: 'an order on a node that is not cordoned breaks S4',
    breaks: 'S4',
    tell: (s) => {
      claimed(s);
      s.pod('web-1', { node: 'n1', deleted: true });
      return s.node('n1', { claim: claimOn('n1', { order: orderNow(s) }) });
    },
  },
  {
    name: 'Pods of DaemonSets, Pods that have ended, tasks and the operator itself may stay',
    tell: (s) => {
      claimed(s);
      s.pod('web-1', { node: 'n1', deleted: true });
      s.pod('agent', { node: 'n1', daemonSet: true });
      s.pod('job', { node: 'n1', phase: 'Succeeded' });
      s.pod('task-uid-n1', taskOf('n1'));
      const own = { 'app.kubernetes.io/name': 'container-os-operator' };
      s.pod('operator', { node: 'n1', namespace: 'container-os-operator', labels: own });
      s.node('n1', cordoned({ order: orderNow(s) }));
      return undefined;
    },
  },
];

const reboots: readonly StoryCase[] = [
  {
    name: 'one reboot for one order is fine',
    tell: (s) => {
      claimed(s);
      ordered(s);
      s.rebootCall('n1', 'boot-1');
      return undefined;
    },
  },
  {
    name: 'a reboot that nobody ordered breaks S5',
    breaks: 'S5',
    tell: (s) => {
      claimed(s);
      s.rebootCall('n1', 'boot-1');
      return s.revision;
    },
  },
  {
    name: 'a reboot call under the boot id after that of the order breaks S5',
    breaks: 'S5',
    tell: (s) => {
      claimed(s);
      const order = ordered(s);
      s.rebootCall('n1', 'boot-1');
      s.node('n1', { ...cordoned(order), bootID: 'boot-2' });
      s.rebootCall('n1', 'boot-2');
      return s.revision;
    },
  },
  {
    name: 'a reboot call past notAfter breaks S5',
    breaks: 'S5',
    tell: (s) => {
      claimed(s);
      ordered(s);
      s.wait(130);
      s.rebootCall('n1', 'boot-1');
      return s.revision;
    },
  },
  {
    name: 'a reboot call after the order was taken back breaks S5',
    breaks: 'S5',
    tell: (s) => {
      claimed(s);
      ordered(s);
      s.node('n1');
      s.wait(20);
      s.rebootCall('n1', 'boot-1');
      return s.revision;
    },
  },
  {
    name: 'a second boot id under one order breaks S5 where no host tells of calls',
    breaks: 'S5',
    tell: (s) => {
      claimed(s);
      const order = ordered(s);
      s.node('n1', { ...cordoned(order), bootID: 'boot-2' });
      return s.node('n1', { ...cordoned(order), bootID: 'boot-3' });
    },
  },
  {
    name: 'a Reboot task that is force-deleted breaks S5',
    breaks: 'S5',
    tell: (s) => {
      claimed(s);
      ordered(s);
      s.pod('task-uid-n1', taskOf('n1'));
      const body = { gracePeriodSeconds: 0 };
      s.request({ verb: 'delete', resource: 'pods', namespace: tasks, name: 'task-uid-n1', body });
      return s.revision;
    },
  },
];

describe.each([
  { what: 'evictions and tasks', cases: evictions },
  { what: 'orders', cases: orders },
  { what: 'reboots', cases: reboots },
])('the recorder on $what', ({ cases }) => {
  it.each(cases)('sees that $name', (story) => {
    const { found, wanted } = tellStory(story);
    expect(found).toEqual(wanted);
  });
});

describe('a violation', () => {
  it('comes with the last 20 revisions of the objects concerned', () => {
    const story = createStory();
    for (let i = 0; i < 30; i++) story.node('n2');
    claimed(story);
    story.node('n1', cordoned({ order: orderNow(story) }));
    const [violation] = checkHistory(story.history());
    expect(violation?.id).toBe('S4');
    expect(violation?.last.length).toBeGreaterThan(3);
    expect(violation?.last.length).toBeLessThanOrEqual(20);
    expect(violation?.last.join('\n')).not.toContain('node n2');
    expect(violation?.last.at(-1)).toContain('node n1: Ready, cordoned, claim n1-1 of p ordered at');
  });
});
