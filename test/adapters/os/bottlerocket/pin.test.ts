/** Exact targets and ignored waves on a simulated host: its settings are changed for the Stage, and put back by whom it may concern. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createApi } from '../../../../src/adapters/os/bottlerocket/api.ts';
import { callSocket } from '../../../../src/adapters/os/bottlerocket/socket.ts';
import { noteFor, type HostSettings, type Pins, type RestoreNote } from '../../../../src/api/restore.ts';
import { aHost, pin, type World } from './lab-host.ts';

const offers = ['1.25.0', '1.26.0', '1.26.1', '1.27.0'];
const own: HostSettings = { 'version-lock': 'latest', 'ignore-waves': false };
const noteOf = (pins: Pins, settings = own): { readonly restore: RestoreNote } => {
  const restore = noteFor(pins, settings, undefined);
  if (restore === undefined) throw new Error('nothing to note');
  return { restore };
};
const gated = { waves: { '1.27.0': '2099-01-01T00:00:00Z' } };

async function settingsOf({ machine }: World): Promise<unknown> {
  const reply = await createApi({ socketPath: join(machine.root, 'run/api.sock') }).readSettings();
  return reply.kind === 'Settings' ? reply.settings : reply;
}

const stageFor = ({ run }: World, target: string, pins: Pins = { 'version-lock': target }) =>
  run('Stage', { target, options: noteOf(pins) });

describe('what is offered', () => {
  it('is listed, the newest first, whatever the host is locked to', async () => {
    const world = await aHost({ offers });
    await pin(world.machine, '1.26.1');
    expect(await world.run('Inspect')).toMatchObject({
      outcome: 'Done',
      available: '1.26.1',
      offers: ['1.27.0', '1.26.1'],
    });
    expect(await stageFor(world, '1.26.1', { 'version-lock': '1.26.1' })).toMatchObject({
      staged: '1.26.1',
      offers: ['1.27.0', '1.26.1'],
    });
  });

  it('is told by a Stage that ignores waves and stages nothing', async () => {
    const world = await aHost({ offers, faults: gated });
    expect(await world.run('Inspect')).toMatchObject({ offers: ['1.26.1'] });
    const options = { ...noteOf({ 'ignore-waves': true }), ignoreWaves: true, listOnly: true };
    const told = await world.run('Stage', { options });
    expect(told).toMatchObject({
      outcome: 'NothingToDo',
      available: '1.27.0',
      offers: ['1.27.0', '1.26.1'],
      restored: true,
    });
    expect(told).not.toHaveProperty('staged');
    expect(await settingsOf(world)).toEqual(own);
  });
});

describe('Stage of an exact version', () => {
  it.each(['1.26.1', '1.25.0'])(
    'puts %s on the other bank, pinned, although 1.27.0 is the newest',
    async (target) => {
      const world = await aHost({ offers });
      expect(await stageFor(world, target)).toMatchObject({
        outcome: 'Done',
        version: '1.26.0',
        staged: target,
        available: target,
        settings: { 'version-lock': target, 'ignore-waves': false },
      });
      expect(await settingsOf(world)).toEqual({ 'version-lock': target, 'ignore-waves': false });
      const { run, machine, order } = world;
      expect(await run('Reboot', { target, order: order() })).toMatchObject({ outcome: 'Done' });
      await machine.boot();
      expect(machine.host.identity().osImage).toContain(` ${target} `);
    },
  );

  it('is not fooled by an updater that reads the new settings late', async () => {
    // Longer than the wait for it: the first refreshes still choose the newest.
    const world = await aHost({ offers, faults: { renderMs: 400 } });
    expect(await stageFor(world, '1.26.1')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });

  it('replaces what is staged, also where it is activated', async () => {
    const world = await aHost({ offers, faults: { rebootIgnored: true } });
    await world.run('Stage');
    await world.run('Reboot', { target: '1.27.0', order: world.order() });
    expect(await stageFor(world, '1.25.0')).toMatchObject({ outcome: 'Done', staged: '1.25.0' });
  });

  it('changes nothing where it is staged already', async () => {
    const world = await aHost({ offers: ['1.26.0', '1.26.1'] });
    await world.run('Stage');
    expect(await stageFor(world, '1.26.1')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
    expect(await settingsOf(world)).toEqual(own);
  });

  it('says that it is not offered, and has put the settings back', async () => {
    const world = await aHost({ offers });
    const answer = await stageFor(world, '1.30.0');
    expect(answer).toMatchObject({
      outcome: 'NothingToDo',
      reason: 'NotOffered',
      restored: true,
      settings: own,
      message:
        'Runs 1.26.0; 1.30.0 is not offered to it: it is not in its repository, or its wave has not come.',
    });
    expect(answer).not.toHaveProperty('available');
    expect(await settingsOf(world)).toEqual(own);
  });

  it('waits for its wave, unless waves are ignored', async () => {
    const world = await aHost({ offers, faults: gated });
    expect(await stageFor(world, '1.27.0')).toMatchObject({ outcome: 'NothingToDo', reason: 'NotOffered' });
    const pins = { 'version-lock': '1.27.0', 'ignore-waves': true };
    const options = { ...noteOf(pins), ignoreWaves: true };
    expect(await world.run('Stage', { target: '1.27.0', options })).toMatchObject({
      outcome: 'Done',
      staged: '1.27.0',
      settings: pins,
    });
  });

  it('changes nothing that was not noted before', async () => {
    const world = await aHost({ offers });
    expect(await world.run('Stage', { target: '1.26.1' })).toMatchObject({
      outcome: 'Retry',
      reason: 'SettingsMoved',
      settings: own,
    });
    await pin(world.machine, '1.25.0');
    const answer = await stageFor(world, '1.26.1');
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'SettingsMoved', restored: true });
    expect(answer.settings).toEqual({ 'version-lock': '1.25.0', 'ignore-waves': false });
    expect(await settingsOf(world)).toEqual({ 'version-lock': '1.25.0', 'ignore-waves': false });
  });

  it('follows a pin of its own with another', async () => {
    const world = await aHost({ offers });
    await stageFor(world, '1.26.1');
    const { restore } = noteOf({ 'version-lock': '1.26.1' });
    const next = noteFor({ 'version-lock': '1.25.0' }, { ...own, 'version-lock': '1.26.1' }, restore);
    const answer = await world.run('Stage', { target: '1.25.0', options: { restore: next } });
    expect(answer).toMatchObject({ outcome: 'Done', staged: '1.25.0' });
    expect(await world.run('Inspect', { options: { restore: next } })).toMatchObject({
      restored: true,
      settings: own,
    });
  });

  it.each([
    ['a locked-down host', { lockedDown: true }, { outcome: 'Unsupported', reason: 'SettingsLocked' }],
    ['settings that are not in force', { earlyBoot: true }, { outcome: 'Retry', reason: 'SettingsMissing' }],
    ['a vanished datastore', { datastoreGone: true }, { outcome: 'Retry', reason: 'SettingsMissing' }],
    ['a missing applier', { noApplier: true }, { outcome: 'Retry', reason: 'SettingsNotApplied' }],
    [
      'a broken template, which nothing tells of but the choice',
      { templateBroken: true },
      { outcome: 'NothingToDo', reason: 'NotOffered', restored: true },
    ],
    [
      'a repository that is away',
      { repository: 'Unavailable' },
      { outcome: 'Retry', reason: 'RefreshFailed', restored: true },
    ],
    [
      'a download that fails',
      { imageMissing: true },
      { outcome: 'Failed', reason: 'PrepareFailed', restored: true, version: '1.26.0', available: '1.26.1' },
    ],
    [
      'an updater that is killed',
      { updogFails: { commands: ['prepare'], signal: 9 } },
      {
        outcome: 'Failed',
        reason: 'PrepareFailed',
        restored: true,
        message: expect.stringContaining('signal 9'),
      },
    ],
    ['no dispatcher', { noTbu: true }, { outcome: 'Unsupported', reason: 'NoUpdater', restored: true }],
    ['no updater behind the dispatcher', { noUpdog: true }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
  ])('on %s answers so', async (_name, faults, want) => {
    const world = await aHost({ offers, faults });
    expect(await stageFor(world, '1.26.1')).toMatchObject(want);
  });

  it('survives a restart of the server between its calls', async () => {
    const world = await aHost({ offers });
    world.machine.change({ faults: { serverRestart: { how: 'Stop', downMs: 150 } } });
    expect(await stageFor(world, '1.26.1')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });

  it('leaves what another client has pending to that client', async () => {
    const world = await aHost({
      offers,
      faults: { otherClient: { after: 'refresh', does: 'commitDefault' } },
    });
    expect(await stageFor(world, '1.26.1')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
    expect(await settingsOf(world)).toEqual({ 'version-lock': '1.26.1', 'ignore-waves': false });
  });
});

it('neither commits nor drops what another client has pending in the shared transaction', async () => {
  const world = await aHost({ offers });
  const shared = { path: '/settings', body: { updates: { 'ignore-waves': true } }, timeout: 5000 };
  const socketPath = join(world.machine.root, 'run/api.sock');
  await callSocket(socketPath, { method: 'PATCH', ...shared });
  expect(await stageFor(world, '1.26.1')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  expect(await settingsOf(world)).toEqual({ 'version-lock': '1.26.1', 'ignore-waves': false });
  const { text } = await callSocket(socketPath, { method: 'GET', path: '/tx', timeout: 5000 });
  expect(JSON.parse(text)).toEqual(shared.body);
});

describe('Stage of the newest version, waves ignored', () => {
  const options = { ...noteOf({ 'ignore-waves': true }), ignoreWaves: true };

  it('takes what a wave holds back', async () => {
    const world = await aHost({ offers, faults: gated });
    expect(await world.run('Stage', { options })).toMatchObject({
      outcome: 'Done',
      staged: '1.27.0',
      settings: { 'version-lock': 'latest', 'ignore-waves': true },
    });
  });

  it('puts the setting back itself where there is nothing to take', async () => {
    const world = await aHost({ offers: ['1.26.0'] });
    expect(await world.run('Stage', { options })).toMatchObject({ outcome: 'NothingToDo', restored: true });
    expect(await settingsOf(world)).toEqual(own);
  });
});

describe('Inspect for an exact version', () => {
  it.each([
    ['1.25.0', '1.25.0', 'Runs 1.26.0; 1.25.0 is offered'],
    ['1.26.0', undefined, 'Runs 1.26.0; as it should'],
    ['1.30.0', undefined, 'Runs 1.26.0; 1.30.0 is not offered'],
  ])('tells whether %s is offered', async (target, available, message) => {
    const { run } = await aHost({ offers });
    const answer = await run('Inspect', { target });
    expect(answer).toMatchObject({ outcome: 'Done', message, settings: own });
    expect(answer.available).toBe(available);
  });

  it('does not depend on what the host itself is pinned to', async () => {
    const { run, machine } = await aHost({ offers });
    await pin(machine, '1.26.1');
    expect(await run('Inspect', { target: '1.25.0' })).toMatchObject({
      outcome: 'Done',
      available: '1.25.0',
    });
  });

  it('names a locked-down host, which plain Latest is possible on', async () => {
    const { run } = await aHost({ offers, faults: { lockedDown: true } });
    const answer = await run('Inspect', { target: '1.25.0' });
    expect(answer).toMatchObject({ outcome: 'Unsupported', reason: 'SettingsLocked', version: '1.26.0' });
    expect(answer.message).toContain('locked down');
    expect(await run('Inspect', { options: { ignoreWaves: true } })).toMatchObject({
      reason: 'SettingsLocked',
    });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', available: '1.27.0' });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.27.0' });
  });
});

describe('Inspect that puts settings back', () => {
  const options = noteOf({ 'version-lock': '1.25.0' });

  it('does so, and then looks at what is offered without them', async () => {
    const world = await aHost({ offers });
    await stageFor(world, '1.25.0');
    await world.run('Reboot', { target: '1.25.0', order: world.order() });
    await world.machine.boot();
    expect(await world.run('Inspect', { options })).toMatchObject({
      outcome: 'Done',
      version: '1.25.0',
      available: '1.27.0',
      restored: true,
      settings: own,
      message: expect.stringContaining('version-lock is latest again'),
    });
    expect(await settingsOf(world)).toEqual(own);
  });

  it('puts back what a person had pinned before', async () => {
    const world = await aHost({ offers });
    await pin(world.machine, 'v1.26.0');
    const mine = noteOf({ 'version-lock': '1.25.0' }, { ...own, 'version-lock': 'v1.26.0' });
    await world.run('Stage', { target: '1.25.0', options: mine });
    await world.run('Inspect', { options: mine });
    expect(await settingsOf(world)).toEqual({ 'version-lock': 'v1.26.0', 'ignore-waves': false });
  });

  it('may be repeated', async () => {
    const world = await aHost({ offers });
    await stageFor(world, '1.25.0');
    for (let i = 0; i < 2; i++)
      expect(await world.run('Inspect', { options })).toMatchObject({ outcome: 'Done', restored: true });
    expect(await settingsOf(world)).toEqual(own);
  });

  it('does not stop what is staged', async () => {
    const world = await aHost({ offers });
    await stageFor(world, '1.25.0');
    expect(await world.run('Inspect', { options, target: '1.25.0' })).toMatchObject({ staged: '1.25.0' });
    await world.run('Reboot', { target: '1.25.0', order: world.order() });
    await world.machine.boot();
    expect(world.machine.host.identity().osImage).toContain(' 1.25.0 ');
  });

  it('leaves alone what a person has changed since', async () => {
    const world = await aHost({ offers });
    await stageFor(world, '1.25.0');
    await pin(world.machine, '1.26.1');
    expect(await world.run('Inspect', { options })).toMatchObject({
      outcome: 'Done',
      restored: true,
      settings: { 'version-lock': '1.26.1' },
      message: expect.stringContaining('version-lock is 1.26.1 by somebody else and stays'),
    });
    expect(await settingsOf(world)).toEqual({ 'version-lock': '1.26.1', 'ignore-waves': false });
  });

  it.each([
    ['a locked-down host', { lockedDown: true }],
    ['a vanished datastore', { datastoreGone: true }],
    ['a missing applier', { noApplier: true }],
  ])('on %s says that they are still to be put back', async (_name, faults) => {
    const world = await aHost({ offers });
    await stageFor(world, '1.25.0');
    world.machine.change({ faults });
    const answer = await world.run('Inspect', { options });
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'SettingsNotRestored', version: '1.26.0' });
    expect(answer).not.toHaveProperty('restored');
  });

  it('does so also where the repository is away', async () => {
    const world = await aHost({ offers });
    await stageFor(world, '1.25.0');
    await world.machine.boot();
    world.machine.change({ faults: { repository: 'Unavailable' } });
    expect(await world.run('Inspect', { options })).toMatchObject({
      outcome: 'Retry',
      reason: 'RefreshFailed',
      restored: true,
    });
    expect(await settingsOf(world)).toEqual(own);
  });
});

it('options of another form are refused', async () => {
  const { run } = await aHost();
  expect(await run('Inspect', { options: { restore: { 'version-lock': '; reboot' } } })).toMatchObject({
    outcome: 'Failed',
    reason: 'BadOptions',
  });
});
