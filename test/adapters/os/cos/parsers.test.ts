import { describe, expect, it } from '@jest/globals';
import { engineError } from '../../../../src/adapters/os/cos/engine-error.ts';
import { parseStatus } from '../../../../src/adapters/os/cos/engine-status.ts';
import { parseRelease } from '../../../../src/adapters/os/cos/release-file.ts';
import { isRunning, parseUnit } from '../../../../src/adapters/os/cos/unit.ts';

describe('parseStatus', () => {
  it('reads the old form', () => {
    const text =
      'LAST_CHECKED_TIME=1507447598\nPROGRESS=0.250000\nCURRENT_OP=UPDATE_STATUS_DOWNLOADING\nNEW_VERSION=0.0.0.0\nNEW_SIZE=0\n';
    expect(parseStatus(text)).toEqual({
      operation: 'UPDATE_STATUS_DOWNLOADING',
      newVersion: undefined,
      lastChecked: 1507447598,
      progress: 0.25,
      lastError: undefined,
    });
  });

  it('reads the new form, whatever else it has', () => {
    const text =
      'CURRENT_OP=UPDATE_STATUS_IDLE\nEOL_DATE=-9999\nIS_INSTALL=false\nLAST_ATTEMPT_ERROR=ErrorCode::kNoUpdate\nLAST_CHECKED_TIME=5\nNEW_VERSION=18613.200.1\nPROGRESS=0\nUNHEARD_OF=a=b\n';
    expect(parseStatus(text)).toEqual({
      operation: 'UPDATE_STATUS_IDLE',
      newVersion: '18613.200.1',
      lastChecked: 5,
      progress: 0,
      lastError: 'ErrorCode::kNoUpdate',
    });
  });

  it.each(['', 'garbage', 'PROGRESS=0.5\n', 'CURRENT_OP=\n'])('reads no status from %j', (text) => {
    expect(parseStatus(text)).toBeUndefined();
  });

  it.each([
    ['PROGRESS=nonsense', { progress: 0 }],
    ['PROGRESS=7', { progress: 1 }],
    ['LAST_CHECKED_TIME=never', { lastChecked: 0 }],
    ['NEW_VERSION=', { newVersion: undefined }],
  ])('is not confused by %s', (line, want) => {
    expect(parseStatus(`CURRENT_OP=UPDATE_STATUS_IDLE\n${line}\n`)).toMatchObject(want);
  });
});

describe('engineError', () => {
  it.each([
    [undefined, undefined],
    ['', undefined],
    ['0', undefined],
    ['53', undefined],
    ['ErrorCode::kSuccess', undefined],
    ['ErrorCode::kNoUpdate', undefined],
    ['ErrorCode::kDownloadTransferError', 'kDownloadTransferError'],
    ['9', 'kDownloadTransferError'],
    ['58', 'kUnresolvedHostError'],
    ['2503', 'HTTP status 503'],
    ['777', 'error 777'],
    // Bit 28 set: a flag beside the code.
    [String(0x1000_0009), 'kDownloadTransferError'],
    [String(-2_147_483_648 + 53), undefined],
  ])('names %s as %s', (value, want) => {
    expect(engineError(value)).toBe(want);
  });
});

describe('parseRelease', () => {
  it.each([
    ['unquoted', 'ID=cos\nVERSION=117\nBUILD_ID=18613.164.98\n'],
    ['double quotes', 'ID="cos"\nVERSION="117"\nBUILD_ID="18613.164.98"\n'],
    ['single quotes and blanks', " ID='cos' \nVERSION='117'\nBUILD_ID='18613.164.98'\t\n"],
    [
      'comments and other keys',
      '# a comment\nNAME="Container-Optimized OS"\nID=cos\nVERSION_ID=117\nBUILD_ID=18613.164.98\n',
    ],
  ])('reads %s', (_name, text) => {
    expect(parseRelease(text)).toEqual({ id: 'cos', milestone: '117', build: '18613.164.98' });
  });

  it('has nothing to say about an empty file', () => {
    expect(parseRelease('')).toEqual({ id: '', milestone: undefined, build: undefined });
  });

  it('takes quotes away in pairs only', () => {
    expect(parseRelease('ID="cos\nBUILD_ID=""\n')).toEqual({
      id: '"cos',
      milestone: undefined,
      build: undefined,
    });
  });
});

describe('parseUnit', () => {
  it('tells a start condition that failed from a unit that was never started', () => {
    const unit = (timestamp: string) =>
      parseUnit(
        `LoadState=loaded\nActiveState=inactive\nConditionResult=no\nConditionTimestampMonotonic=${timestamp}\n`,
      );
    expect(unit('12345')?.conditionFailed).toBe(true);
    expect(unit('0')?.conditionFailed).toBe(false);
  });

  it('reads nothing from a systemctl that ignores the command', () => {
    expect(parseUnit('')).toBeUndefined();
    expect(parseUnit('LoadState=loaded\n')).toBeUndefined();
  });

  it.each([
    ['active', true],
    ['activating', true],
    ['reloading', true],
    ['deactivating', false],
    ['inactive', false],
    ['failed', false],
  ])('takes a unit that is %s for running: %s', (active, want) => {
    expect(isRunning({ load: 'loaded', active, conditionFailed: false })).toBe(want);
  });
});
