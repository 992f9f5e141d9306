import { describe, expect, it } from '@jest/globals';
import { aHost } from './lab-host.ts';

describe('Stage', () => {
  it('puts the newest offered version on the other bank and does not activate it', async () => {
    const { run, machine } = await aHost({ offers: ['1.26.1', '1.27.0', '1.26.0'] });
    expect(await run('Stage')).toMatchObject({
      outcome: 'Done',
      version: '1.26.0',
      staged: '1.27.0',
      available: '1.27.0',
    });
    await machine.boot();
    expect(machine.host.identity().osImage).toContain(' 1.26.0 ');
  });

  it('has nothing to do when nothing newer is offered', async () => {
    const { run } = await aHost({ offers: ['1.26.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo', version: '1.26.0' });
  });

  it('answers at once when the target is staged already', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ faults: { repository: 'Unavailable' } });
    expect(await run('Stage', { target: '1.26.1' })).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });

  it('stages again when something newer than the staged version is offered', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ offers: ['1.26.0', '1.26.1', '1.27.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.27.0' });
  });

  it('takes an activation back before it stages something newer', async () => {
    const { run, machine, order } = await aHost({ faults: { rebootIgnored: true } });
    await run('Stage');
    await run('Reboot', { target: '1.26.1', order: order() });
    machine.change({ offers: ['1.26.0', '1.26.1', '1.27.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.27.0' });
    await machine.boot();
    expect(machine.host.identity().osImage).toContain(' 1.26.0 ');
  });

  it('names what is staged when it is no longer offered', async () => {
    const { run, machine } = await aHost();
    await run('Stage');
    machine.change({ offers: ['1.26.0'] });
    expect(await run('Stage')).toMatchObject({ outcome: 'NothingToDo', staged: '1.26.1' });
  });

  it('reads a status with a megabyte of error text', async () => {
    const { run } = await aHost({ faults: { updogStderr: { commands: ['prepare'], bytes: 1_000_000 } } });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });

  it.each([
    ['a failing refresh', { repository: 'Expired' }, { outcome: 'Retry', reason: 'RefreshFailed' }],
    [
      'a failing download, with the text of the updater',
      { updogFails: { commands: ['prepare'], stderr: 'connection reset while reading root.img' } },
      { outcome: 'Failed', reason: 'PrepareFailed', message: expect.stringContaining('root.img') },
    ],
    [
      'an updater that is killed',
      { updogFails: { commands: ['prepare'], signal: 9 } },
      { outcome: 'Failed', reason: 'PrepareFailed' },
    ],
    ['an image that is missing', { imageMissing: true }, { outcome: 'Failed', reason: 'PrepareFailed' }],
    [
      'a dispatcher that dies in a refresh',
      { tbuKilled: { commands: ['refresh'], afterMs: 1 } },
      { outcome: 'Retry', reason: 'CommandLost' },
    ],
    ['no dispatcher', { noTbu: true }, { outcome: 'Retry' }],
  ])('on a host with %s answers so', async (_name, faults, want) => {
    const { run, machine } = await aHost();
    await run('Inspect');
    machine.change({ faults });
    expect(await run('Stage')).toMatchObject(want);
  });

  it('does not answer a lost download before it has certainly ended', async () => {
    const slept: number[] = [];
    const { run } = await aHost(
      { faults: { tbuKilled: { commands: ['prepare'], afterMs: 1 } } },
      (ms, stop) => {
        slept.push(ms);
        if (ms >= 600_000) stop();
      },
    );
    expect(await run('Stage')).toMatchObject({ outcome: 'Retry', reason: 'Terminated' });
    expect(slept).toContain(600_000);
  });

  it('reads again when another client moves the state in between', async () => {
    const { run } = await aHost({ faults: { otherClient: { after: 'refresh', does: 'prepare', times: 1 } } });
    expect(await run('Stage')).toMatchObject({ outcome: 'Done', staged: '1.26.1' });
  });
});
