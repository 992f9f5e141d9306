/** Whether a host can be updated in place at all: a table, read from the top. */
import type { CosReason, TaskResult } from './reasons.ts';
import type { Release } from './release-file.ts';
import { isRunning, type Unit } from './unit.ts';

export interface HostFacts {
  readonly release: Release;
  /** The mark of a boot with Secure Boot, which stays for good. */
  readonly secureBootMark: boolean;
  readonly kernelCommandLine: string;
  /** The state of update_engine's unit, or why it is not known. */
  readonly unit: Unit | { readonly unknown: string };
  /** The end of the unit's journal, read only where the unit failed. */
  readonly journal: string;
  readonly startUpdateEngine: boolean;
}

interface Row {
  readonly when: (facts: HostFacts) => boolean;
  readonly outcome: 'Unsupported' | 'Failed' | 'Retry';
  readonly reason: CosReason;
  readonly message: (facts: HostFacts) => string;
}

export const hostRows: readonly Row[] = [
  {
    when: ({ release }) => release.id !== 'cos',
    outcome: 'Unsupported',
    reason: 'NotThisOS',
    message: ({ release }) =>
      `The host's release file names ${release.id === '' ? 'no system' : release.id}, not cos.`,
  },
  {
    when: ({ release }) => release.build === undefined,
    outcome: 'Unsupported',
    reason: 'NoBuild',
    message: () => "The host's release file has no BUILD_ID.",
  },
  {
    when: ({ secureBootMark }) => secureBootMark,
    outcome: 'Unsupported',
    reason: 'SecureBoot',
    message: () =>
      'This VM has booted with Secure Boot, which excludes in-place updates for good; replace the VM.',
  },
  {
    when: ({ kernelCommandLine, unit }) =>
      kernelCommandLine.split(/\s+/).includes('systemd.mask=update-engine.service') ||
      known(unit)?.load === 'masked',
    outcome: 'Unsupported',
    reason: 'Masked',
    message: () => 'The image was built with update_engine masked; build it without disable-auto-update.',
  },
  {
    when: ({ unit }) => known(unit) === undefined,
    outcome: 'Retry',
    reason: 'NoUnitState',
    message: ({ unit }) =>
      `systemctl does not tell the state of update-engine.service (${'unknown' in unit ? unit.unknown : ''}); if it stays so, try hostCommand: Nsenter.`,
  },
  {
    when: ({ unit }) => known(unit)?.load === 'not-found',
    outcome: 'Unsupported',
    reason: 'NoUpdater',
    message: () => 'The image has no update_engine.',
  },
  {
    when: ({ unit }) => known(unit)?.active === 'failed',
    outcome: 'Failed',
    reason: 'UpdateEngineFailed',
    message: ({ journal }) =>
      `update-engine.service has failed: ${journal === '' ? 'its journal is empty' : journal}`,
  },
  {
    when: ({ unit }) => !runs(unit) && known(unit)?.conditionFailed === true,
    outcome: 'Unsupported',
    reason: 'StartCondition',
    message: () =>
      'update-engine.service does not start because a condition of its unit does not hold; on COS that is that the VM never booted with Secure Boot. Replace the VM.',
  },
  {
    when: ({ unit, startUpdateEngine }) => !runs(unit) && !startUpdateEngine,
    outcome: 'Unsupported',
    reason: 'UpdatesDisabled',
    message: () =>
      'update-engine.service is not running; set the metadata cos-update-strategy=update_enabled (from milestone 117 it is off by default), or startUpdateEngine in the policy.',
  },
];

/** Why this host cannot be updated now; undefined where update_engine runs, or may be started. */
export function judgeHost(facts: HostFacts): TaskResult | undefined {
  const row = hostRows.find(({ when }) => when(facts));
  return row && { outcome: row.outcome, reason: row.reason, message: row.message(facts) };
}

export function runs(unit: HostFacts['unit']): boolean {
  const state = known(unit);
  return state !== undefined && isRunning(state);
}

function known(unit: HostFacts['unit']): Unit | undefined {
  return 'unknown' in unit ? undefined : unit;
}
