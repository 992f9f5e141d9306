/** Whatever happens in whatever order, a host ends with what people set on it. */
import { expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { planPins, planRestore } from '../../../../src/adapters/os/bottlerocket/pins.ts';
import { type HostSettings, noteFor, type Pins, type RestoreNote } from '../../../../src/api/restore.ts';

type Act =
  | { readonly do: 'look' }
  | { readonly do: 'restore' }
  | { readonly do: 'stage'; readonly pins: Pins }
  | { readonly do: 'person'; readonly settings: HostSettings };

// A person who sets just what we set cannot be told from us.
const aPersons = fc.record({
  'version-lock': fc.constantFrom('latest', '1.18.0', 'v1.19.0'),
  'ignore-waves': fc.constant(false),
});
const anAct: fc.Arbitrary<Act> = fc.oneof(
  fc.constantFrom<Act>({ do: 'look' }, { do: 'restore' }),
  fc
    .record(
      {
        'version-lock': fc.constantFrom('1.24.0', '1.25.0', '1.26.0', '1.26.1'),
        'ignore-waves': fc.constant(true),
      },
      { requiredKeys: [] },
    )
    .map((pins): Act => ({ do: 'stage', pins })),
  aPersons.map((settings): Act => ({ do: 'person', settings })),
);

it('settings are changed with a note, never from somebody else, and put back', () => {
  fc.assert(
    fc.property(aPersons, fc.array(anAct, { maxLength: 30 }), (first, acts) => {
      let host: HostSettings = first;
      let own: HostSettings = first;
      /** What the operator knows of the host: as of its last look. */
      let seen: HostSettings = first;
      let note: RestoreNote | undefined;
      const restore = (): void => {
        if (note !== undefined) host = { ...host, ...planRestore(host, note).change };
        note = undefined;
      };
      for (const act of acts) {
        if (act.do === 'look') seen = host;
        else if (act.do === 'restore') restore();
        else if (act.do === 'person') host = own = act.settings;
        else {
          note = noteFor(act.pins, seen, note) ?? note;
          const plan = planPins(host, act.pins, note);
          if (plan.kind !== 'Change') continue;
          expect(note).toBeDefined();
          host = { ...host, ...plan.change };
          expect(host).toMatchObject(act.pins);
        }
      }
      restore();
      expect(host).toEqual(own);
    }),
    { numRuns: 2000 },
  );
});
