/** Why a node is up to date although a newer version exists: what it says of its waves, and how long it says so. */
import { describe, expect, it } from '@jest/globals';
import type { NodeView } from '../../src/plan/facts.ts';
import type { Snapshot } from '../../src/plan/snapshot.ts';
import { ago, aNode, aPolicy, aSnapshot, aView, hour, iso, minute, noon } from '../support/builders.ts';
import { planned } from './planned.ts';

const day = 24 * hour;
const settings = { versionLock: 'latest', ignoreWaves: false };

interface Case {
  readonly mine?: Partial<NodeView['status']>;
  readonly other?: Partial<NodeView['status']>;
  /** When 1.21.0 was first offered to a node of the policy. */
  readonly seen?: { readonly version?: string; readonly at: string };
  readonly now?: number;
  readonly says: string;
}

/** Two nodes of one kind that run 1.20.0, asked an hour ago unless said otherwise. */
const world = ({ mine, other, seen, now = noon }: Omit<Case, 'says'>): Snapshot =>
  aSnapshot({
    now,
    policies: [
      aPolicy({
        status: {
          observedGeneration: 1,
          fence: 'me/1',
          ...(seen === undefined ? {} : { versionsSeen: [{ version: '1.21.0', ...seen }] }),
        },
      }),
    ],
    nodes: [aNode('n1'), aNode('n2')],
    views: [
      aView(aNode('n1'), { variant: 'aws-k8s-1.34', settings, ...mine }),
      aView(aNode('n2'), { variant: 'aws-k8s-1.34', ...other }),
    ],
  });

const newest = 'UpToDate: 1.20.0 is the newest that the node is offered';
const more = { available: '1.21.0' };
const untold = `${newest}; 1.21.0 exists, and had not reached it at its last inspection: its wave had not come (spec.bottlerocket.ignoreWaves)`;
const until = (time: string): string =>
  `${newest}; 1.21.0 exists, its wave reaches this node by ${time} if its repository keeps the default waves (spec.bottlerocket.ignoreWaves)`;
const wasDue = (time: string): string =>
  `${newest}; 1.21.0 exists, its wave was to reach this node by ${time}: its repository has waves of its own, or holds it back (spec.bottlerocket.ignoreWaves)`;

describe('a node that is offered nothing newer', () => {
  it.each<[string, Case]>([
    ['alone', { says: newest }],
    [
      'asked before the one that is offered more',
      { other: { ...more, inspectedAt: ago(minute) }, says: newest },
    ],
    [
      'beside one of another variant that is offered more',
      { other: { ...more, variant: 'aws-k8s-1.33' }, says: newest },
    ],
    [
      'asked after the version was first offered, and before the other was asked again',
      {
        other: { ...more, inspectedAt: ago(minute) },
        seen: { at: ago(day) },
        says: until('2026-03-07T12:00:00Z'),
      },
    ],
    [
      'asked after the other began to run the version, and before that was asked again',
      {
        other: { version: '1.21.0', state: 'UpToDate', since: ago(day), inspectedAt: ago(minute) },
        says: untold,
      },
    ],
    [
      'because a person pinned it',
      {
        other: more,
        mine: { settings: { versionLock: '1.20.0', ignoreWaves: false } },
        says: `${newest}; its own setting version-lock says 1.20.0`,
      },
    ],
    [
      'although it ignores waves by itself',
      {
        other: more,
        mine: { settings: { versionLock: 'latest', ignoreWaves: true } },
        seen: { at: ago(day) },
        says: `${newest}; 1.21.0 exists, and is not in its repository, or not for the version that it runs`,
      },
    ],
    ['beside one of its kind that is offered more since nobody knows when', { other: more, says: untold }],
    [
      'beside one of its kind that runs more, which nobody was offered',
      { other: { version: '1.21.0' }, says: untold },
    ],
    [
      'where another version was offered first',
      { other: more, seen: { version: '1.20.9', at: ago(7 * day) }, says: untold },
    ],
    [
      'beside one of its kind that is offered more since a day ago',
      { other: more, seen: { at: ago(day) }, says: until('2026-03-07T12:00:00Z') },
    ],
    [
      'beside one of its kind that runs what was offered a day ago',
      { other: { version: '1.21.0' }, seen: { at: ago(day) }, says: until('2026-03-07T12:00:00Z') },
    ],
    [
      'asked just before the last wave',
      { other: more, seen: { at: ago(6 * day + hour - 1) }, says: until('2026-03-02T11:00:00Z') },
    ],
    [
      'asked when the last wave had come',
      { other: more, seen: { at: ago(6 * day + hour) }, says: wasDue('2026-03-02T11:00:00Z') },
    ],
  ])('says why: %s', (_name, { says, ...one }) => {
    expect(planned(world(one)).says('n1')).toBe(says);
  });

  it('says the same until it is asked again, also while the last wave comes', () => {
    const at = iso(noon - 6 * day);
    const mine = { inspectedAt: ago(hour) };
    const other = { ...more, inspectedAt: ago(2 * hour) };
    const texts = [noon - minute, noon, noon + hour].map((now) =>
      planned(world({ mine, other, seen: { at }, now })).says('n1'),
    );
    expect(new Set(texts)).toEqual(new Set([until('2026-03-02T12:00:00Z')]));
  });
});
