/** What somebody who may edit a Node makes of its host with a forged note about settings, from the annotation to the host. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createApi } from '../../../../src/adapters/os/bottlerocket/api.ts';
import { restoreKey } from '../../../../src/api/keys.ts';
import { planOrphans } from '../../../../src/plan/plan-orphans.ts';
import { aNode, aSnapshot } from '../../../support/builders.ts';
import { aHost, pin, type World } from './lab-host.ts';

const byDefault = { 'version-lock': 'latest', 'ignore-waves': false };

/** The steps that a note on one of two nodes leads to, both of no policy. */
const stepsOf = (note: object) =>
  planOrphans(
    aSnapshot({
      nodes: [aNode('n1', { annotations: { [restoreKey]: JSON.stringify(note) } }), aNode('n2')],
      policies: [],
    }),
  ).steps;

const settingsOf = async ({ machine }: World): Promise<unknown> => {
  const reply = await createApi({ socketPath: join(machine.root, 'run/api.sock') }).readSettings();
  return reply.kind === 'Settings' ? reply.settings : reply;
};

/** What its host answers to the task that the operator makes of the note. */
const obey = ({ run }: World, note: object) => run('Inspect', { options: { restore: note } });

describe('a forged note', () => {
  it.each([
    ['a lock', { 'version-lock': '1.26.0', 'ignore-waves': false, pinned: { 'version-lock': ['1.25.0'] } }],
    ['waves', { 'version-lock': 'latest', 'ignore-waves': true, pinned: { 'ignore-waves': [true] } }],
    [
      'both',
      {
        'version-lock': 'v1.2.3',
        'ignore-waves': true,
        pinned: { 'version-lock': ['1.26.0', '1.26.1'], 'ignore-waves': [true] },
      },
    ],
  ])('changes nothing on a host that has its defaults: %s', async (_what, settings) => {
    const note = { os: 'Bottlerocket', ...settings };
    expect(stepsOf(note)).toMatchObject([{ do: 'CreateTask', node: 'n1', request: { task: 'Inspect' } }]);
    const world = await aHost();
    expect(await obey(world, note)).toMatchObject({ outcome: 'Done', restored: true });
    expect(await settingsOf(world)).toEqual(byDefault);
  });

  it.each([
    ['a default taken for ours', { pinned: { 'version-lock': ['latest'] } }],
    ['waves taken for ours', { pinned: { 'ignore-waves': [false] } }],
    ['another setting', { pinned: {}, 'metadata-base-url': 'https://example.com' }],
    ['another setting taken for ours', { pinned: { seed: [1] } }],
    ['a command for a version', { pinned: {}, 'version-lock': '1.26.0; reboot' }],
  ])(
    'with more in it than the operator writes leads to no task, nor does its host obey: %s',
    async (_what, parts) => {
      const note = { os: 'Bottlerocket', 'version-lock': '1.26.0', 'ignore-waves': true, ...parts };
      expect(stepsOf(note)).toEqual([]);
      const world = await aHost();
      expect(await obey(world, note)).toMatchObject({ reason: 'BadOptions' });
      expect(await settingsOf(world)).toEqual(byDefault);
    },
  );

  it('replaces a lock that is there and that it names, by latest or another version', async () => {
    const world = await aHost();
    await pin(world.machine, '1.25.0');
    const note = {
      os: 'Bottlerocket',
      'version-lock': '1.26.0',
      'ignore-waves': true,
      pinned: { 'version-lock': ['1.25.0'] },
    };
    expect(await obey(world, { ...note, pinned: { 'version-lock': ['1.24.0'] } })).toMatchObject({
      message: expect.stringContaining('version-lock is 1.25.0 by somebody else and stays'),
    });
    await obey(world, note);
    expect(await settingsOf(world)).toEqual({ ...byDefault, 'version-lock': '1.26.0' });
    await obey(world, { ...note, 'version-lock': 'latest', pinned: { 'version-lock': ['1.26.0'] } });
    expect(await settingsOf(world)).toEqual(byDefault);
  });
});
