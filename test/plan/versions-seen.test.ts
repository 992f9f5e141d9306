/** What a policy remembers of the versions that its nodes are offered, also where a node lies. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { NodeViewStatus } from '../../src/api/container-os-node.ts';
import { osAdapters } from '../../src/adapters/os/index.ts';
import { versionsSeenAfter } from '../../src/plan/versions-seen.ts';
import { ago, hour, iso, noon } from '../support/builders.ts';

const rules = osAdapters.Bottlerocket;
const after = (before: { version: string; at: string }[], ...views: NodeViewStatus[]) =>
  versionsSeenAfter(before, views, rules, noon);
const invented = (from: number): string[] => Array.from({ length: 20 }, (_, i) => `9.${from + i}.0`);

describe('versions seen', () => {
  it('keep their first time, whoever tells of them later', () => {
    const known = { version: '1.21.0', at: ago(5 * hour) };
    expect(after([known], { version: '1.20.0', offers: ['1.21.0'] })).toEqual([known]);
  });

  it('are what is offered, found or staged, and not what runs', () => {
    const views = [
      { version: '1.20.0', offers: ['1.22.0', '1.20.0'], available: '1.22.0' },
      { version: '1.20.0', staged: '1.21.0' },
    ];
    expect(after([], ...views).map(({ version }) => version)).toEqual(['1.22.0', '1.21.0']);
  });

  it.each(['latest', '18613.164.98+', '../1.2.3', '1.2.3\n', '', '1', `1.${'2'.repeat(80)}`])(
    'are versions, which %j is not',
    (available) => expect(after([], { version: '1.20.0', available })).toEqual([]),
  );

  it('stay where nobody is offered them any more, while there is room', () => {
    const known = { version: '1.19.0', at: ago(5 * hour) };
    expect(after([known], { offers: ['1.21.0'] })).toContainEqual(known);
  });

  it('lose the oldest that nobody is offered first', () => {
    const known = Array.from({ length: 50 }, (_, i) => ({ version: `1.${i}.0`, at: ago(hour) }));
    const kept = after(known, { offers: ['1.0.0', '2.0.0'] }).map(({ version }) => version);
    expect(kept).toHaveLength(50);
    expect(kept).toContain('2.0.0');
    expect(kept).toContain('1.0.0');
    expect(kept).not.toContain('1.1.0');
  });

  it('of several nodes outlive what three others invent', () => {
    const known = { version: '1.21.0', at: ago(hour) };
    const honest = { version: '1.20.0', offers: ['1.21.0', '1.21.1'] };
    const liars = [0, 20, 40].map((from) => ({ offers: invented(from) }));
    const kept = after([known], honest, honest, ...liars);
    expect(kept).toHaveLength(50);
    expect(kept).toContainEqual(known);
    expect(kept).toContainEqual({ version: '1.21.1', at: iso(noon) });
  });

  it('of one node that were there before outlive what others invent', () => {
    const known = { version: '1.21.0', at: ago(hour) };
    const liars = [0, 20, 40].map((from) => ({ offers: invented(from) }));
    expect(after([known], { offers: ['1.21.0'] }, ...liars)).toContainEqual(known);
  });

  it('are at most 50, and change no more once told', () => {
    const version = fc.tuple(fc.nat(9), fc.nat(9), fc.nat(3)).map((parts) => parts.join('.'));
    const view = fc.record({ version, offers: fc.array(version, { maxLength: 20 }) });
    fc.assert(
      fc.property(fc.array(view, { maxLength: 8 }), fc.array(view, { maxLength: 8 }), (first, second) => {
        const before = versionsSeenAfter([], first, rules, noon - hour);
        const seen = versionsSeenAfter(before, second, rules, noon);
        expect(seen.length).toBeLessThanOrEqual(50);
        expect(versionsSeenAfter(seen, second, rules, noon + hour)).toEqual(seen);
        for (const { version: one, at } of seen)
          expect([iso(noon), before.find((entry) => entry.version === one)?.at]).toContain(at);
      }),
    );
  });
});
