import { describe, expect, it } from '@jest/globals';
import type { Claim } from '../../src/api/claim.ts';
import { formatClaim, parseClaim } from '../../src/api/claim.ts';

const sound: Claim = {
  policy: 'web',
  policyUID: 'p-1',
  os: 'Bottlerocket',
  attempt: 'a-1',
  at: '2026-01-01T00:00:00Z',
  from: '1.25.0',
  target: '1.26.1',
  bootID: 'b-1',
  timeouts: { drain: '30m', reboot: '20m', soak: '30s' },
  ready: ['kube-system/proxy'],
  added: ['karpenter.sh/do-not-disrupt'],
};
const order = { at: '2026-01-01T00:01:00Z', bootID: 'b-1', notAfter: '2026-01-01T00:03:00.250Z' };

describe('parseClaim', () => {
  it.each<{ name: string; claim: Claim }>([
    { name: 'without an order', claim: sound },
    { name: 'with an order', claim: { ...sound, order } },
    { name: 'of a node that somebody else had cordoned', claim: { ...sound, foreignCordon: true } },
    {
      name: 'with options of the adapter',
      claim: { ...sound, options: { hostCommand: 'Chroot', checkForUpdate: true } },
    },
    { name: 'with options of a newer operator', claim: { ...sound, options: { later: 'Quietly' } } },
  ])('reads what formatClaim wrote: a claim $name', ({ claim }) => {
    expect(parseClaim(formatClaim(claim))).toEqual({ claim });
  });

  it('reads a claim that a newer operator wrote, without the fields it does not know', () => {
    expect(parseClaim(JSON.stringify({ ...sound, later: 1 }))).toEqual({ claim: sound });
  });

  it.each<{ name: string; text: string; because: string }>([
    { name: 'nothing', text: '', because: 'it is not JSON' },
    { name: 'words', text: 'mine', because: 'it is not JSON' },
    { name: 'half a claim', text: JSON.stringify(sound).slice(0, 40), because: 'it is not JSON' },
    { name: 'JSON that is no object', text: 'null', because: 'claim' },
    { name: 'an empty object', text: '{}', because: 'policy' },
    { name: 'an unknown operating system', text: JSON.stringify({ ...sound, os: 'Plan9' }), because: 'os' },
    { name: 'a time that is none', text: JSON.stringify({ ...sound, at: 'yesterday' }), because: 'at' },
    {
      name: 'a duration that is none',
      text: JSON.stringify({ ...sound, timeouts: { ...sound.timeouts, drain: '-1h' } }),
      because: 'timeouts.drain',
    },
    {
      name: 'an order without an end',
      text: JSON.stringify({ ...sound, order: { at: order.at, bootID: 'b' } }),
      because: 'order.notAfter',
    },
    {
      name: 'a name too long for one',
      text: JSON.stringify({ ...sound, policy: 'x'.repeat(254) }),
      because: 'policy',
    },
    {
      name: 'more DaemonSets than are remembered',
      text: JSON.stringify({ ...sound, ready: Array(51).fill('a/b') }),
      because: 'ready',
    },
    {
      name: 'a way of running commands that there is not',
      text: JSON.stringify({ ...sound, options: { hostCommand: 'Foo' } }),
      because: 'options.hostCommand',
    },
    {
      name: 'annotations that nobody can have added',
      text: JSON.stringify({ ...sound, added: ['a', 'b', 'c', 'd', 'e'] }),
      because: 'added',
    },
  ])('says why $name is no claim', ({ text, because }) => {
    expect(parseClaim(text)).toEqual({ unreadable: expect.stringContaining(because) });
  });
});
