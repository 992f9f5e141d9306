import { describe, expect, it } from '@jest/globals';
import { aHost, aRolledBackHost, unusable } from './lab-host.ts';

describe('Stage', () => {
  it.each(['Old', 'New'])(
    'installs the newest build of the milestone, status in the %s form',
    async (statusForm) => {
      const { run } = await aHost({ statusForm });
      expect(await run('Stage')).toMatchObject({
        outcome: 'Done',
        version: '18613.164.98',
        staged: '18613.200.1',
      });
    },
  );

  it.each(['Old', 'New'])(
    'has nothing to do on the newest build, status in the %s form',
    async (statusForm) => {
      const { run } = await aHost({ statusForm }, { offers: ['18613.164.98'] });
      expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo' });
    },
  );

  it('has nothing to do when "no update" is reported as success', async () => {
    const { run } = await aHost({ noUpdateIsSuccess: true }, { offers: [] });
    expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo' });
  });

  it('asks for no check where the policy says so', async () => {
    const { run, commands } = await aHost();
    expect(await run('Stage', { options: { checkForUpdate: false } })).toMatchObject({
      outcome: 'NothingToDo',
    });
    expect(commands.some((line) => line.includes('check'))).toBe(false);
  });

  it('takes what the host staged by itself', async () => {
    const { run } = await aHost();
    await run('Stage');
    expect(await run('Stage', { options: { checkForUpdate: false } })).toMatchObject({
      outcome: 'Done',
      staged: '18613.200.1',
    });
  });

  it('starts a stopped unit where the policy says so', async () => {
    const { run } = await aHost({ unit: 'Inactive' });
    expect(await run('Stage', { options: { startUpdateEngine: true } })).toMatchObject({
      outcome: 'Done',
      staged: '18613.200.1',
    });
  });

  it('does not believe that a unit was started which is not running', async () => {
    const { run } = await aHost({ unit: 'Inactive', startIneffective: true });
    expect(await run('Stage', { options: { startUpdateEngine: true } })).toMatchObject({
      outcome: 'Retry',
      reason: 'UpdateEngineNotStarted',
    });
  });

  it('remembers the version that a restarted daemon forgot', async () => {
    const { run } = await aHost({ daemonDies: { in: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', restartMs: 20 } });
    const answer = await run('Stage');
    expect(answer.outcome).toBe('Done');
    expect(['18613.200.1', '18613.164.98+']).toContain(answer.staged);
  });

  it.each(unusable)('on a host with %s answers so', async (_name, faults, want) => {
    const { run } = await aHost(faults);
    expect(await run('Stage')).toMatchObject(want);
  });

  it.each([
    [
      'a check that is accepted and ignored',
      { checkIgnored: true },
      { outcome: 'Retry', reason: 'BlockedByPolicy' },
    ],
    ['a check that is refused', { checkRefused: true }, { outcome: 'Retry', reason: 'UpdateEngineSilent' }],
    [
      'an unresolved update server',
      { checkError: { code: 58 } },
      { outcome: 'Failed', reason: 'UpdateFailed', message: expect.stringContaining('kUnresolvedHostError') },
    ],
    [
      'a broken download that only the journal explains',
      {
        checkError: { code: 9, in: 'UPDATE_STATUS_DOWNLOADING' },
        statusForm: 'Old',
        phaseMs: { UPDATE_STATUS_REPORTING_ERROR_EVENT: 200 },
      },
      { outcome: 'Failed', reason: 'UpdateFailed', message: expect.stringContaining('error code 9') },
    ],
    [
      'an error that never passes',
      { reportedStatus: 'UPDATE_STATUS_REPORTING_ERROR_EVENT' },
      { outcome: 'Failed', reason: 'UpdateFailed' },
    ],
    [
      'a daemon that dies in the download',
      {
        daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 20 },
        phaseMs: { UPDATE_STATUS_DOWNLOADING: 300 },
      },
      { outcome: 'Retry', reason: 'UpdateInterrupted' },
    ],
    [
      'a daemon that never answers',
      { statusHangs: true },
      { outcome: 'Retry', reason: 'UpdateEngineSilent' },
    ],
  ])('on a host with %s answers so', async (_name, faults, want) => {
    const { run } = await aHost(faults);
    expect(await run('Stage')).toMatchObject(want);
  });

  it.each([
    ['BlockedByPolicy', { checkIgnored: true }],
    ['UpdateEngineSilent', { statusHangs: true }],
  ])('answers %s before its time is up, however short that is', async (reason, faults) => {
    const withinSeconds = 40;
    const { run } = await aHost(faults);
    const answer = await run('Stage', { withinSeconds });
    expect(answer).toMatchObject({ outcome: 'Retry', reason });
    expect(answer.seconds).toBeLessThan(withinSeconds);
  });

  it('tells the error of a daemon that is gone, not that the last of its askings was given no time', async () => {
    const { run } = await aHost({
      daemonWaitMs: 10,
      daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 60_000 },
    });
    const answer = await run('Stage', { withinSeconds: 80 });
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'UpdateEngineSilent' });
    expect(answer.message).toMatch(/ServiceUnknown$/);
  });
});

describe('Stage, where the policy says what may stay staged', () => {
  const build = '18613.200.1';

  it.each([
    ['denies it', { deny: [build] }, 'DeniedVersion', 'which spec.target.deny names'],
    ['approves another', { approved: '18613.199.9' }, 'NotApproved', 'does not name'],
    ['approves none', { approved: '' }, 'NotApproved', 'does not name'],
    ['finds it too young', { old: ['18613.199.9'] }, 'TooYoung', 'spec.target.minimumAge'],
  ])('takes it back where it %s', async (_name, allow, reason, words) => {
    const { run, commands } = await aHost();
    expect(await run('Stage', { options: { allow } })).toMatchObject({
      outcome: 'NothingToDo',
      reason,
      version: '18613.164.98',
      available: build,
      message: expect.stringContaining(words),
    });
    expect(commands.filter((line) => line.includes('--check_for_update'))).toHaveLength(1);
    const after = await run('Inspect');
    expect(after).toMatchObject({ outcome: 'Done', message: expect.stringContaining('nothing is staged') });
    expect(after).not.toHaveProperty('staged');
  });

  it.each([
    ['names it', { approved: build }],
    ['finds it old enough', { old: ['18613.199.9', build] }],
    ['denies another', { deny: ['18613.199.9'] }],
    ['says nothing of it', {}],
  ])('keeps it where it %s', async (_name, allow) => {
    const { run } = await aHost();
    expect(await run('Stage', { options: { allow } })).toMatchObject({ outcome: 'Done', staged: build });
  });

  it('takes back what the host staged by itself, and asks for nothing', async () => {
    const { run, commands } = await aHost();
    await run('Stage');
    commands.length = 0;
    const options = { checkForUpdate: false, allow: { deny: [build] } };
    expect(await run('Stage', { options })).toMatchObject({
      outcome: 'NothingToDo',
      reason: 'DeniedVersion',
      available: build,
    });
    expect(commands.some((line) => line.includes('check_for_update'))).toBe(false);
    expect(await run('Inspect')).not.toHaveProperty('staged');
  });

  it('says so where update_engine keeps it', async () => {
    const { run } = await aHost({ resetRefused: true });
    expect(await run('Stage', { options: { allow: { deny: [build] } } })).toMatchObject({
      outcome: 'Failed',
      reason: 'VetoRefused',
      staged: build,
    });
  });
});

describe('Stage, where what is staged is not newer than what runs', () => {
  it('takes it back, and asks for a check after that', async () => {
    const { run, commands } = await aRolledBackHost();
    const answer = await run('Stage');
    expect(answer).toMatchObject({ outcome: 'NothingToDo', version: '18613.200.1' });
    expect(answer).not.toHaveProperty('staged');
    expect(answer.message).toBe(
      '18613.200.1 is the newest build of this milestone. As announced by 2026-04, support of milestone 117 ends in 2026-09: a newer milestone takes a new VM. 18613.164.98 was staged, which is not newer than 18613.200.1, and was taken back.',
    );
    const asked = commands.filter((line) => /reset|check/.test(line));
    expect(asked).toEqual([
      '/usr/bin/update_engine_client --reset_status',
      '/usr/bin/update_engine_client --check_for_update',
    ]);
    expect(await run('Inspect')).not.toHaveProperty('staged');
  });

  it('stages what is newer in its place', async () => {
    const { run, machine } = await aRolledBackHost();
    machine.change({ offers: ['18613.201.1'] });
    const answer = await run('Stage');
    expect(answer).toMatchObject({ outcome: 'Done', staged: '18613.201.1' });
    expect(answer.message).toContain('18613.164.98 was staged');
  });

  it('takes it back also where it asks for no check', async () => {
    const { run, commands } = await aRolledBackHost();
    expect(await run('Stage', { options: { checkForUpdate: false } })).toMatchObject({
      outcome: 'NothingToDo',
    });
    expect(commands.some((line) => line.includes('--check_for_update'))).toBe(false);
    expect(await run('Inspect')).not.toHaveProperty('staged');
  });

  it.each([
    ['says no', { resetRefused: true }, 'exit code 1: Error resetting'],
    ['lies', { resetRefused: true, exitCodesLie: true }, 'it says that it did'],
  ])('says that it is still there when the host %s', async (_name, faults, text) => {
    const { run, commands } = await aRolledBackHost(faults);
    const answer = await run('Stage');
    expect(answer).toMatchObject({ outcome: 'Failed', reason: 'VetoRefused', staged: '18613.164.98' });
    expect(answer.message).toContain(text);
    expect(answer.message).toContain('any reboot enters it');
    expect(commands.filter((line) => line.includes('--reset_status'))).toHaveLength(1);
  });
});
