import { describe, expect, it } from '@jest/globals';
import { aHost, unusable } from './lab-host.ts';

describe('Inspect', () => {
  it.each(['Mixed', 'All', 'None'])(
    'answers build and milestone, with quotes %s',
    async (osReleaseQuotes) => {
      const { run } = await aHost({ osReleaseQuotes });
      const answer = await run('Inspect');
      expect(answer).toMatchObject({ outcome: 'Done', version: '18613.164.98', variant: 'cos-117' });
      expect(answer).not.toHaveProperty('staged');
      expect(answer).not.toHaveProperty('available');
    },
  );

  it('never asks for a check, which would install what it finds', async () => {
    const { run, commands } = await aHost();
    await run('Inspect');
    expect(commands.some((line) => line.includes('check'))).toBe(false);
    expect((await run('Inspect')).staged).toBeUndefined();
  });

  it.each(['Old', 'New'])('answers what is staged from the %s form of the status', async (statusForm) => {
    const { run } = await aHost({ statusForm });
    await run('Stage');
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', staged: '18613.200.1' });
  });

  it.each(['', '0.0.0.0'])(
    'says that something newer is staged when the daemon shows the version as "%s"',
    async (newVersionShown) => {
      const { run, machine } = await aHost();
      await run('Stage');
      machine.change({ faults: { newVersionShown } });
      expect(await run('Inspect')).toMatchObject({ outcome: 'Done', staged: '18613.164.98+' });
    },
  );

  it('waits for nothing while the host updates itself', async () => {
    const { run } = await aHost({ reportedStatus: 'UPDATE_STATUS_DOWNLOADING' });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer.message).toContain('UPDATE_STATUS_DOWNLOADING');
  });

  it('does not start a stopped unit, which a Stage may', async () => {
    const { run, commands } = await aHost({ unit: 'Inactive' });
    const answer = await run('Inspect', { options: { startUpdateEngine: true } });
    expect(answer).toMatchObject({ outcome: 'Done', version: '18613.164.98' });
    expect(commands.some((line) => line.includes(' start '))).toBe(false);
  });

  it.each(unusable)('on a host with %s answers so', async (_name, faults, want) => {
    const { run } = await aHost(faults);
    expect(await run('Inspect')).toMatchObject({ version: '18613.164.98', ...want });
  });

  it.each([
    ['a status that hangs', { statusHangs: true }, 'UpdateEngineSilent'],
    ['a status without its operation', { statusWithout: ['CURRENT_OP'] }, 'UpdateEngineSilent'],
    ['a rollback', { reportedStatus: 'UPDATE_STATUS_ATTEMPTING_ROLLBACK' }, 'RollingBack'],
    ['updates disabled', { reportedStatus: 'UPDATE_STATUS_DISABLED' }, 'UpdatesBlocked'],
    [
      'a permission missing',
      { reportedStatus: 'UPDATE_STATUS_NEED_PERMISSION_TO_UPDATE' },
      'PermissionNeeded',
    ],
    ['a deferred update', { reportedStatus: 'UPDATE_STATUS_UPDATED_BUT_DEFERRED' }, 'UpdateDeferred'],
    ['a clean-up', { reportedStatus: 'UPDATE_STATUS_CLEANUP_PREVIOUS_UPDATE' }, 'CleaningUp'],
    ['an unknown status', { reportedStatus: 'UPDATE_STATUS_THIRTEEN' }, 'UnknownStatus'],
  ])('on a host with %s asks to be repeated', async (_name, faults, reason) => {
    const { run } = await aHost(faults);
    expect(await run('Inspect')).toMatchObject({ outcome: 'Retry', reason, version: '18613.164.98' });
  });

  it('refuses options that it does not know', async () => {
    const { run } = await aHost();
    expect(await run('Inspect', { options: { hostCommand: 'Shell' } })).toMatchObject({
      outcome: 'Failed',
      reason: 'BadOptions',
    });
  });
});
