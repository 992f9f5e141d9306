import { describe, expect, it } from '@jest/globals';
import { engineVerdicts, judgeOperation } from '../../../../src/adapters/os/cos/decide-engine.ts';
import { type HostFacts, hostRows, judgeHost } from '../../../../src/adapters/os/cos/decide-host.ts';
import {
  advance,
  afterVeto,
  beginWatch,
  decideStage,
  silentCheck,
  type Watch,
} from '../../../../src/adapters/os/cos/decide-stage.ts';
import type { EngineStatus } from '../../../../src/adapters/os/cos/engine-status.ts';

function aHost(parts: Partial<HostFacts> = {}): HostFacts {
  return {
    release: { id: 'cos', milestone: '117', build: '18613.164.98' },
    secureBootMark: false,
    kernelCommandLine: 'ro cros_efi security=apparmor',
    unit: { load: 'loaded', active: 'active', conditionFailed: false },
    journal: '',
    startUpdateEngine: false,
    ...parts,
  };
}

const stopped = { load: 'loaded', active: 'inactive', conditionFailed: false };

const hosts: [string, Partial<HostFacts>, string, string][] = [
  ['another system', { release: { id: 'ubuntu', milestone: '24', build: '1' } }, 'Unsupported', 'NotThisOS'],
  ['no build', { release: { id: 'cos', milestone: '117', build: undefined } }, 'Unsupported', 'NoBuild'],
  ['the mark of Secure Boot', { secureBootMark: true }, 'Unsupported', 'SecureBoot'],
  ['a masked unit', { unit: { ...stopped, load: 'masked' } }, 'Unsupported', 'Masked'],
  [
    'a mask on the command line',
    { kernelCommandLine: 'ro systemd.mask=update-engine.service' },
    'Unsupported',
    'Masked',
  ],
  ['a silent systemctl', { unit: { unknown: 'ignoring command' } }, 'Retry', 'NoUnitState'],
  ['no such unit', { unit: { ...stopped, load: 'not-found' } }, 'Unsupported', 'NoUpdater'],
  [
    'a failed unit',
    { unit: { ...stopped, active: 'failed' }, journal: 'it broke' },
    'Failed',
    'UpdateEngineFailed',
  ],
  [
    'a condition that failed',
    { unit: { ...stopped, conditionFailed: true } },
    'Unsupported',
    'StartCondition',
  ],
  ['a stopped unit', { unit: stopped }, 'Unsupported', 'UpdatesDisabled'],
];

describe('judgeHost', () => {
  it.each(hosts)('answers a host with %s', (_name, parts, outcome, reason) => {
    const result = judgeHost(aHost(parts));
    expect(result).toMatchObject({ outcome, reason });
    expect(result?.message).toMatch(/\w/);
  });

  it('has a case in this table for each of its rows', () => {
    const met = new Set(hosts.map(([, parts]) => hostRows.find(({ when }) => when(aHost(parts)))));
    expect(hostRows.filter((row) => !met.has(row))).toEqual([]);
  });

  it('has nothing against a host whose update_engine runs, or may be started', () => {
    expect(judgeHost(aHost())).toBeUndefined();
    expect(judgeHost(aHost({ unit: stopped, startUpdateEngine: true }))).toBeUndefined();
  });

  it('shows the journal of a unit that failed', () => {
    const unit = { ...stopped, active: 'failed' };
    expect(judgeHost(aHost({ unit, journal: 'cannot open device' }))?.message).toContain(
      'cannot open device',
    );
  });

  it('does not take a longer word for the mask', () => {
    const kernelCommandLine = 'ro systemd.mask=update-engine.service.d';
    expect(judgeHost(aHost({ kernelCommandLine }))).toBeUndefined();
  });
});

describe('judgeOperation', () => {
  it.each(Object.keys(engineVerdicts))('knows %s', (operation) => {
    expect(judgeOperation(operation)).not.toHaveProperty('reason', 'UnknownStatus');
  });

  it.each(['UPDATE_STATUS_THIRTEEN', '13', 'constructor', ''])(
    'waits for an unknown operation (%j) to pass',
    (name) => {
      expect(judgeOperation(name)).toMatchObject({ kind: 'Odd', outcome: 'Retry', reason: 'UnknownStatus' });
    },
  );
});

const idle: EngineStatus = {
  operation: 'UPDATE_STATUS_IDLE',
  newVersion: undefined,
  lastChecked: 100,
  progress: 0,
  lastError: 'ErrorCode::kSuccess',
};
const op = (name: string, parts: Partial<EngineStatus> = {}): EngineStatus => ({
  ...idle,
  operation: `UPDATE_STATUS_${name}`,
  ...parts,
});

/** The watch of a Stage that asked at once and then saw these, a second apart. */
function after(...statuses: EngineStatus[]): Watch {
  let watch: Watch = { ...beginWatch(idle, '18613.164.98', true, 0), askedAt: 0 };
  for (const [index, status] of statuses.entries()) watch = advance(watch, status, (index + 1) * 1000);
  return watch;
}

describe('decideStage', () => {
  it('asks once, and then waits', () => {
    const begun = beginWatch(idle, '18613.164.98', true, 0);
    expect(decideStage(begun)).toBe('Ask');
    expect(decideStage(after(idle))).toBe('Wait');
  });

  it('never asks where the policy says so', () => {
    expect(decideStage(beginWatch(idle, '18613.164.98', false, 0))).toMatchObject({ outcome: 'NothingToDo' });
  });

  it('waits for a check that the host began by itself, and then does not ask for another', () => {
    const begun = beginWatch(op('CHECKING_FOR_UPDATE'), '18613.164.98', true, 0);
    expect(decideStage(begun)).toBe('Wait');
    expect(decideStage(advance(begun, { ...idle, lastChecked: 101 }, 1000))).toMatchObject({
      outcome: 'NothingToDo',
    });
  });

  it('waits for what is at work until its time is over, and then says how far it is', () => {
    const limits = { silentAfter: silentCheck, workUntil: 5000 };
    const busy = op('DOWNLOADING', { progress: 0.416 });
    const begun = beginWatch(busy, '18613.164.98', true, 0, limits);
    expect(decideStage(advance(begun, busy, 4999))).toBe('Wait');
    expect(decideStage(advance(begun, busy, 5000))).toEqual({
      outcome: 'Retry',
      reason: 'InProgress',
      message: 'update_engine is still at work (UPDATE_STATUS_DOWNLOADING, 42 %).',
    });
    const staged = advance(begun, op('UPDATED_NEED_REBOOT', { newVersion: '18613.200.1' }), 5000);
    expect(decideStage(staged)).toMatchObject({ outcome: 'Done', reason: 'RebootRequired' });
  });

  it('takes a moved check time for a check even if it never saw it run', () => {
    expect(decideStage(after({ ...idle, lastChecked: 101 }))).toMatchObject({ outcome: 'NothingToDo' });
  });

  it('is blocked by policy when an accepted check does not happen', () => {
    const waiting = { ...after(idle), now: silentCheck - 1 };
    expect(decideStage(waiting)).toBe('Wait');
    expect(decideStage({ ...waiting, now: silentCheck })).toMatchObject({
      outcome: 'Retry',
      reason: 'BlockedByPolicy',
    });
  });

  it('keeps the version that was shown first', () => {
    const watch = after(op('DOWNLOADING', { newVersion: '18613.200.1' }), op('UPDATED_NEED_REBOOT'));
    expect(decideStage(watch)).toMatchObject({ outcome: 'Done', staged: '18613.200.1' });
    expect(decideStage(after(op('UPDATED_NEED_REBOOT')))).toMatchObject({
      outcome: 'Done',
      staged: '18613.164.98+',
    });
  });

  it('knows what it took back also when the host names it no longer', () => {
    const older = op('UPDATED_NEED_REBOOT', { newVersion: '18613.100.1' });
    const watch = beginWatch(older, '18613.164.98', true, 0);
    expect(decideStage(watch)).toBe('Veto');
    const still = afterVeto(watch, op('UPDATED_NEED_REBOOT'), undefined, 1000);
    expect(decideStage(still)).toMatchObject({ outcome: 'Failed', reason: 'VetoRefused' });
    const gone = afterVeto(watch, idle, undefined, 1000);
    expect(decideStage(gone)).toBe('Ask');
    const next = advance({ ...gone, askedAt: 1000 }, op('UPDATED_NEED_REBOOT'), 2000);
    expect(decideStage(next)).toMatchObject({ outcome: 'Done', staged: '18613.164.98+' });
  });

  it('takes back three times what somebody stages again and again, and no more often', () => {
    const older = op('UPDATED_NEED_REBOOT', { newVersion: '18613.100.1' });
    let watch = beginWatch(older, '18613.164.98', true, 0);
    let vetoes = 0;
    for (; decideStage(watch) === 'Veto' && vetoes < 10; vetoes += 1) {
      const gone = afterVeto(watch, idle, undefined, 0);
      expect(decideStage(gone)).toBe('Ask');
      watch = advance({ ...gone, askedAt: 0 }, older, 1000);
    }
    expect(vetoes).toBe(3);
    expect(decideStage(watch)).toMatchObject({ outcome: 'Failed', reason: 'VetoRefused' });
  });

  it('does not take the version of an earlier attempt, shown while idle, for staged', () => {
    const stale = { ...idle, newVersion: '18613.170.1' };
    const watch = advance(beginWatch(stale, '18613.164.98', true, 0), op('UPDATED_NEED_REBOOT'), 1000);
    expect(decideStage(watch)).toMatchObject({ outcome: 'Done', staged: '18613.164.98+' });
  });

  it.each([
    ['a failed check', [op('CHECKING_FOR_UPDATE'), { ...idle, lastError: '58' }], 'Failed', 'UpdateFailed'],
    [
      'a failed download',
      [op('DOWNLOADING'), { ...idle, lastChecked: 101, lastError: 'ErrorCode::kDownloadTransferError' }],
      'Failed',
      'UpdateFailed',
    ],
    [
      'an error without a name',
      [op('REPORTING_ERROR_EVENT'), { ...idle, lastError: undefined }],
      'Failed',
      'UpdateFailed',
    ],
    [
      'a download that vanished',
      [op('DOWNLOADING'), { ...idle, lastChecked: 101 }],
      'Retry',
      'UpdateInterrupted',
    ],
    [
      'a check that vanished',
      [op('CHECKING_FOR_UPDATE'), { ...idle, lastChecked: 0 }],
      'Retry',
      'UpdateInterrupted',
    ],
    ['a rollback', [op('ATTEMPTING_ROLLBACK')], 'Retry', 'RollingBack'],
    ['updates disabled', [op('DISABLED')], 'Retry', 'UpdatesBlocked'],
    ['a missing permission', [op('NEED_PERMISSION_TO_UPDATE')], 'Retry', 'PermissionNeeded'],
    ['an update held back', [op('UPDATED_BUT_DEFERRED')], 'Retry', 'UpdateDeferred'],
  ])('answers %s', (_name, statuses, outcome, reason) => {
    expect(decideStage(after(...statuses))).toMatchObject({ outcome, reason });
  });

  it.each(['REPORTING_ERROR_EVENT', 'CLEANUP_PREVIOUS_UPDATE', 'THIRTEEN'])(
    'gives %s a minute to pass, from when it was first seen',
    (name) => {
      const watch = after(idle, op(name), op(name));
      expect(decideStage({ ...watch, now: 2000 + 59_999 })).toBe('Wait');
      expect(decideStage({ ...watch, now: 2000 + 60_000 })).toHaveProperty('reason');
    },
  );
});
