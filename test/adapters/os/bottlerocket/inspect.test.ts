import { describe, expect, it } from '@jest/globals';
import { aHost, pin } from './lab-host.ts';

describe('Inspect', () => {
  it('answers what runs, what is offered and the settings, and stages nothing', async () => {
    const { run } = await aHost();
    expect(await run('Inspect')).toMatchObject({
      outcome: 'Done',
      version: '1.26.0',
      variant: 'aws-k8s-1.31',
      available: '1.26.1',
      settings: { 'version-lock': 'latest', 'ignore-waves': false },
    });
    expect(await run('Inspect')).not.toHaveProperty('staged');
  });

  it('answers no available version when the newest offered one runs', async () => {
    const { run } = await aHost({ offers: ['1.25.0', '1.26.0'] });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer).not.toHaveProperty('available');
  });

  it('keeps what is staged, and asks for no refresh that could lose it', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ offers: ['1.26.0'] });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', staged: '1.26.1', available: '1.26.1' });
  });

  it('never takes the choice of a former refresh for that of a failed one', async () => {
    const { run, machine } = await aHost();
    expect(await run('Inspect')).toHaveProperty('available', '1.26.1');
    machine.change({ faults: { repository: 'Unavailable' } });
    const answer = await run('Inspect');
    expect(answer).toMatchObject({ outcome: 'Retry', reason: 'RefreshFailed', version: '1.26.0' });
    expect(answer).not.toHaveProperty('available');
  });

  it.each([
    ['no dispatcher', { noTbu: true }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
    ['no updater behind the dispatcher', { noUpdog: true }, { outcome: 'Unsupported', reason: 'NoUpdater' }],
    [
      'an unreadable release file',
      { osRelease: 'Missing' },
      { outcome: 'Retry', reason: 'ReleaseUnreadable' },
    ],
    ['a damaged status file', { statusFile: 'Damaged' }, { outcome: 'Retry', reason: 'StatusUnreadable' }],
    ['a refused refresh', { lockFolderMissing: true }, { outcome: 'Retry' }],
    [
      'a failing updater, with its text',
      { updogFails: { stderr: 'no route to the mirror' } },
      {
        outcome: 'Retry',
        reason: 'RefreshFailed',
        message: expect.stringContaining('no route to the mirror'),
      },
    ],
    ['settings that are not in force', { earlyBoot: true }, { outcome: 'Retry', reason: 'StillBooting' }],
    ['a vanished datastore', { datastoreGone: true }, { outcome: 'Retry', reason: 'StillBooting' }],
    ['a lock that is never free', { lockHeld: 'Exclusive' }, { outcome: 'Retry', reason: 'UpdaterBusy' }],
    [
      'a directory in place of the socket',
      { socketIsDirectory: true, serverRestart: {} },
      { outcome: 'Retry' },
    ],
  ])('on a host with %s answers so', async (_name, faults, want) => {
    const { run, machine } = await aHost();
    machine.change({ faults });
    expect(await run('Inspect')).toMatchObject(want);
  });

  it('asks again until the settings of the boot are in force', async () => {
    const { run } = await aHost({ faults: { earlyBoot: 100 } });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', available: '1.26.1' });
  });

  it('takes a version that a wave holds back for not offered', async () => {
    const { run } = await aHost({ faults: { waves: { '1.26.1': '2099-01-01T00:00:00Z' } } });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer).not.toHaveProperty('available');
  });

  it('names a pin of the host itself that explains why nothing is offered', async () => {
    const { run, machine } = await aHost();
    await pin(machine, '1.26.0');
    const answer = await run('Inspect');
    expect(answer).toMatchObject({ outcome: 'Done', settings: { 'version-lock': '1.26.0' } });
    expect(answer).not.toHaveProperty('available');
    expect(answer.message).toContain('version-lock says 1.26.0');
    expect(await run('Stage')).toMatchObject({
      outcome: 'NothingToDo',
      message: expect.stringContaining('1.26.0'),
    });
  });

  it('takes no downgrade for an update when the running release was recalled', async () => {
    const { run } = await aHost({ version: '1.26.1', faults: { releaseRecalled: '1.26.1' } });
    const answer = await run('Inspect');
    expect(answer.outcome).toBe('Done');
    expect(answer).not.toHaveProperty('available');
  });

  it('rides out a restart of the server', async () => {
    const { run, machine } = await aHost();
    machine.change({ faults: { serverRestart: { how: 'Stop', downMs: 150 } } });
    expect(await run('Inspect')).toMatchObject({ outcome: 'Done', available: '1.26.1' });
  });

  it.each(['Stop', 'Kill'] as const)(
    'answers SocketGone when the server stays away after a %s',
    async (how) => {
      const { run, machine } = await aHost();
      machine.change({ faults: { serverRestart: { how, downMs: 30_000 } } });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await run('Inspect')).toMatchObject({
        outcome: 'Retry',
        reason: 'SocketGone',
        againAfterSeconds: 45,
      });
    },
  );
});
