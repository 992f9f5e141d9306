import { describe, expect, it } from '@jest/globals';
import {
  formatRestore,
  type HostSettings,
  isOurs,
  noteFor,
  parseRestore,
  type Pins,
  type RestoreNote,
} from '../../src/api/restore.ts';

const own = (lock = 'latest', waves = false): HostSettings => ({
  'version-lock': lock,
  'ignore-waves': waves,
});
const aNote = (pinned: RestoreNote['pinned'], settings = own()): RestoreNote => ({
  os: 'Bottlerocket',
  ...settings,
  pinned,
});

describe('a note', () => {
  it.each<[string, Pins, HostSettings, RestoreNote | undefined, RestoreNote | undefined]>([
    ['of a version', { 'version-lock': '1.26.1' }, own(), undefined, aNote({ 'version-lock': ['1.26.1'] })],
    ['of waves', { 'ignore-waves': true }, own(), undefined, aNote({ 'ignore-waves': [true] })],
    [
      'of both, where a person had set one',
      { 'version-lock': '1.26.1', 'ignore-waves': true },
      own('v1.25.0', true),
      undefined,
      aNote({ 'version-lock': ['1.26.1'] }, own('v1.25.0', true)),
    ],
    [
      'of nothing, where all is so already',
      { 'version-lock': '1.26.1' },
      own('1.26.1'),
      undefined,
      undefined,
    ],
    ['of nothing, where nothing is asked for', {}, own('1.26.1', true), undefined, undefined],
    [
      'of a second version keeps what the host had before the first',
      { 'version-lock': '1.26.2' },
      own('1.26.1'),
      aNote({ 'version-lock': ['1.26.1'] }),
      aNote({ 'version-lock': ['1.26.1', '1.26.2'] }),
    ],
    [
      'of the same version again is the same',
      { 'version-lock': '1.26.1' },
      own('1.26.1'),
      aNote({ 'version-lock': ['1.26.1'] }),
      aNote({ 'version-lock': ['1.26.1'] }),
    ],
    [
      'takes over what a person set meanwhile',
      { 'version-lock': '1.26.2' },
      own('1.24.0'),
      aNote({ 'version-lock': ['1.26.1'] }),
      aNote({ 'version-lock': ['1.26.1', '1.26.2'] }, own('1.24.0')),
    ],
    [
      'back to the own version of the host knows what was ours',
      { 'version-lock': '1.25.0' },
      own('1.26.1'),
      aNote({ 'version-lock': ['1.26.1'] }, own('1.25.0')),
      aNote({ 'version-lock': ['1.26.1'] }, own('1.25.0')),
    ],
  ])('%s', (_name, pins, settings, before, want) => {
    expect(noteFor(pins, settings, before)).toEqual(want);
    if (want !== undefined) expect(parseRestore(formatRestore(want))).toEqual({ note: want });
  });

  it('never grows without end', () => {
    let note: RestoreNote | undefined;
    for (let i = 0; i < 30; i++) note = noteFor({ 'version-lock': `1.${i}.0` }, own(), note);
    expect(note?.pinned['version-lock']).toHaveLength(8);
    expect(note?.pinned['version-lock']?.at(-1)).toBe('1.29.0');
    expect(parseRestore(formatRestore(note ?? aNote({})))).toEqual({ note });
  });

  it.each([
    ['', 'it is not JSON'],
    ['null', 'note: '],
    ['{}', 'os: '],
    [JSON.stringify({ ...aNote({}), os: 'ContainerOptimizedOS' }), 'os: '],
    [JSON.stringify({ ...aNote({}), 'version-lock': '; reboot' }), 'version-lock: '],
    [JSON.stringify({ ...aNote({}), 'ignore-waves': 'no' }), 'ignore-waves: '],
    [JSON.stringify({ ...aNote({}), 'metadata-base-url': 'http://example.com' }), 'note: '],
    [JSON.stringify({ ...aNote({}), pinned: { seed: [1] } }), 'pinned: '],
    [JSON.stringify({ ...aNote({}), pinned: { 'version-lock': ['x'] } }), 'pinned.version-lock.0: '],
    [JSON.stringify(aNote({ 'version-lock': [] })), 'pinned.version-lock: '],
    [JSON.stringify(aNote({ 'version-lock': ['latest'] })), 'pinned.version-lock.0: '],
    [JSON.stringify({ ...aNote({}), pinned: { 'ignore-waves': [false] } }), 'pinned.ignore-waves.0: '],
    [JSON.stringify({ ...aNote({}), pinned: { 'ignore-waves': [true, true] } }), 'pinned.ignore-waves: '],
  ])('of %s cannot be read', (text, why) => {
    const read = parseRestore(text);
    expect('unreadable' in read ? read.unreadable : 'was read').toContain(why);
  });
});

describe('a setting', () => {
  const note = aNote({ 'version-lock': ['1.26.1', '1.26.2'] }, own('1.26.1'));
  it.each([
    ['one that was set', 'version-lock', '1.26.2', true],
    ['one that the host had before, set or not', 'version-lock', '1.26.1', false],
    ["a person's", 'version-lock', '1.20.0', false],
    ['one that was not touched', 'ignore-waves', true, false],
  ] as const)('is ours: %s', (_name, name, value, want) => {
    expect(isOurs(note, name, value)).toBe(want);
  });
});
