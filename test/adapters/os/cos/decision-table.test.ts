/** Every observation that decides what becomes of a COS node, made on a host whose root is entered by the real chroot. */
import { describe, expect, it } from '@jest/globals';
import { cosAdapter } from '../../../../src/adapters/os/cos/adapter.ts';
import { engineVerdicts } from '../../../../src/adapters/os/cos/decide-engine.ts';
import { hostRows } from '../../../../src/adapters/os/cos/decide-host.ts';
import type { Outcome, TaskAnswer } from '../../../../src/api/task.ts';
import { aCosNode } from '../../../support/builders.ts';
import type { LabMachine } from '../lab-machine.ts';
import { orderFor, useRealRoots } from './real-root.ts';

const { aHost, run } = useRealRoots();

const running = '18613.164.98';
const newer = '18613.200.1';

interface Row {
  readonly when: string;
  readonly faults?: Readonly<Record<string, unknown>>;
  readonly offers?: readonly string[];
  readonly options?: Readonly<Record<string, unknown>>;
  /** What a task of each of these kinds answers. */
  readonly tasks: readonly ('Inspect' | 'Stage')[];
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly says: RegExp;
  readonly staged?: string;
  /** For a program that hangs: its time must run out too. */
  readonly fasterPrograms?: number;
}

const both = ['Inspect', 'Stage'] as const;
/** As a daemon prints it that is on its way. */
const progress = { statusWithout: ['PROGRESS'], statusWith: { PROGRESS: '0.42' } };

/** Whether this host can be updated in place at all. */
const hosts: readonly Row[] = [
  {
    when: 'its release file names another system',
    faults: { releaseFile: 'OtherSystem' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'NotThisOS',
    says: /release file names ubuntu, not cos/,
  },
  {
    when: 'it has no release file',
    faults: { releaseFile: 'Missing' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'NotThisOS',
    says: /names no system, not cos/,
  },
  {
    when: 'its release file has no build',
    faults: { releaseFile: 'NoBuild' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'NoBuild',
    says: /no BUILD_ID/,
  },
  {
    when: 'it carries the mark of Secure Boot',
    faults: { secureBoot: true },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'SecureBoot',
    says: /has booted with Secure Boot.*replace the VM/,
  },
  {
    when: 'a condition keeps the unit from starting',
    faults: { unit: 'ConditionFails' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'StartCondition',
    says: /a condition of its unit does not hold/,
  },
  {
    when: 'a condition keeps the unit from starting, whatever the policy says',
    faults: { unit: 'ConditionFails' },
    options: { startUpdateEngine: true },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'StartCondition',
    says: /a condition of its unit does not hold/,
  },
  {
    when: 'the unit is masked',
    faults: { unit: 'Masked' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'Masked',
    says: /masked; build it without disable-auto-update/,
  },
  {
    when: 'the kernel command line masks the unit',
    faults: { cmdlineMask: true },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'Masked',
    says: /masked; build it without disable-auto-update/,
  },
  {
    when: 'there is no unit',
    faults: { unit: 'NotFound' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'NoUpdater',
    says: /no update_engine/,
  },
  {
    when: 'the unit was never started',
    faults: { unit: 'Inactive' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'UpdatesDisabled',
    says: /not running; set the metadata cos-update-strategy=update_enabled.*startUpdateEngine/,
  },
  {
    when: 'the unit was stopped',
    faults: { unit: 'Stopped' },
    tasks: both,
    outcome: 'Unsupported',
    reason: 'UpdatesDisabled',
    says: /not running; set the metadata cos-update-strategy=update_enabled/,
  },
  {
    when: 'the unit is stopped, and a Stage may start it: not an Inspect',
    faults: { unit: 'Inactive' },
    options: { startUpdateEngine: true },
    tasks: ['Inspect'],
    outcome: 'Done',
    says: /is stopped, a Stage will start it/,
  },
  {
    when: 'the unit is stopped, and a Stage may start it',
    faults: { unit: 'Stopped' },
    options: { startUpdateEngine: true },
    tasks: ['Stage'],
    outcome: 'Done',
    reason: 'RebootRequired',
    says: /18613\.200\.1 is staged/,
    staged: newer,
  },
  {
    when: 'systemd says that it started the unit, which does not run',
    faults: { unit: 'Inactive', startIneffective: true },
    options: { startUpdateEngine: true },
    tasks: ['Stage'],
    outcome: 'Retry',
    reason: 'UpdateEngineNotStarted',
    says: /said that it started, and it does not run/,
  },
  {
    when: 'the unit failed, with the end of its journal',
    faults: { unit: 'Failed' },
    tasks: both,
    outcome: 'Failed',
    reason: 'UpdateEngineFailed',
    says: /has failed: Starting update_engine/,
  },
  {
    when: 'systemctl tells nothing',
    faults: { systemctlRefusesChroot: true },
    tasks: both,
    outcome: 'Retry',
    reason: 'NoUnitState',
    says: /Running in chroot, ignoring command.*hostCommand: Nsenter/,
  },
];

/** What update_engine says, and what came of a check. */
const engines: readonly Row[] = [
  {
    when: 'an accepted check leaves the time of the last one as it was',
    faults: { checkIgnored: true },
    tasks: ['Stage'],
    outcome: 'Retry',
    reason: 'BlockedByPolicy',
    says: /accepted the check and did nothing.*cos-update-strategy=update_enabled.*an hour/,
  },
  {
    when: 'the same, with an exit code that says nothing of a refusal',
    faults: { checkIgnored: true, exitCodesLie: true },
    tasks: ['Stage'],
    outcome: 'Retry',
    reason: 'BlockedByPolicy',
    says: /accepted the check and did nothing/,
  },
  {
    when: 'there is nothing newer, which is error 53',
    offers: [running],
    tasks: ['Stage'],
    outcome: 'NothingToDo',
    reason: 'UpToDate',
    says: /^18613\.164\.98 is the newest build of this milestone\. As announced by 2026-04, support of milestone 117 ends in 2026-09: /,
  },
  {
    when: 'there is nothing newer, which is no error',
    faults: { noUpdateIsSuccess: true },
    offers: [],
    tasks: ['Stage'],
    outcome: 'NothingToDo',
    reason: 'UpToDate',
    says: /is the newest build of this milestone/,
  },
  ...[1, 2, 3, 4, 5].map((status): Row => ({
    when: `status is ${status}`,
    faults: { reportedStatus: status, ...progress },
    tasks: ['Inspect'],
    outcome: 'Done',
    reason: 'InProgress',
    says: /^update_engine is at work by itself \(UPDATE_STATUS_[A-Z_]+, 42 %\)\.$/,
  })),
  {
    when: 'status is 3 for longer than a Stage may take',
    faults: { reportedStatus: 3, ...progress },
    tasks: ['Stage'],
    outcome: 'Retry',
    reason: 'InProgress',
    says: /^update_engine is still at work \(UPDATE_STATUS_DOWNLOADING, 42 %\)\.$/,
  },
  {
    when: 'statuses 1 to 5 take their time: it waits for them',
    faults: {
      phaseMs: {
        UPDATE_STATUS_CHECKING_FOR_UPDATE: 150,
        UPDATE_STATUS_UPDATE_AVAILABLE: 150,
        UPDATE_STATUS_DOWNLOADING: 300,
        UPDATE_STATUS_VERIFYING: 150,
        UPDATE_STATUS_FINALIZING: 150,
      },
    },
    tasks: ['Stage'],
    outcome: 'Done',
    reason: 'RebootRequired',
    says: /18613\.200\.1 is staged; any reboot enters it/,
    staged: newer,
  },
  {
    when: 'status is 6',
    faults: { reportedStatus: 6, newVersionShown: newer },
    tasks: both,
    outcome: 'Done',
    reason: 'RebootRequired',
    says: /18613\.200\.1 is staged[,;] any reboot enters it/,
    staged: newer,
  },
  ...['', '0.0.0.0'].map((newVersionShown): Row => ({
    when: `status is 6 and the version is "${newVersionShown}"`,
    faults: { reportedStatus: 6, newVersionShown },
    tasks: both,
    outcome: 'Done',
    reason: 'RebootRequired',
    says: /18613\.164\.98\+ is staged[,;] any reboot enters it/,
    staged: `${running}+`,
  })),
  {
    when: 'status is 7 and stays so',
    faults: { reportedStatus: 7 },
    tasks: both,
    outcome: 'Failed',
    reason: 'UpdateFailed',
    says: /reports an error/,
  },
  ...(
    [
      [9, 'kDownloadTransferError'],
      [37, 'kOmahaErrorInHTTPResponse'],
      [58, 'kUnresolvedHostError'],
      [60, 'kNotEnoughSpace'],
    ] as const
  ).map(([code, name]): Row => ({
    when: `the attempt ends with error ${code}`,
    faults: { checkError: { code } },
    tasks: ['Stage'],
    outcome: 'Failed',
    reason: 'UpdateFailed',
    says: new RegExp(`update_engine failed: ${name}`),
  })),
  {
    when: 'the attempt ends with an error that only --last_attempt_error tells',
    faults: { checkError: { code: 60 }, statusWithout: ['LAST_ATTEMPT_ERROR'] },
    tasks: ['Stage'],
    outcome: 'Failed',
    reason: 'UpdateFailed',
    says: /update_engine failed: kNotEnoughSpace/,
  },
  ...(
    [
      [8, 'RollingBack', /is rolling back/],
      [9, 'UpdatesBlocked', /updates are disabled/],
      [10, 'PermissionNeeded', /waits for a permission/],
      [11, 'CleaningUp', /cleans up after the previous update/],
      [12, 'UpdateDeferred', /holds a finished update back/],
      [13, 'UnknownStatus', /a state that is not known here \(UPDATE_STATUS_UNKNOWN_13\)/],
    ] as const
  ).map(([status, reason, says]): Row => ({
    when: `status is ${status}`,
    faults: { reportedStatus: status },
    tasks: both,
    outcome: 'Retry',
    reason,
    says,
  })),
  {
    when: 'the daemon dies in the download',
    faults: {
      daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 20 },
      phaseMs: { UPDATE_STATUS_DOWNLOADING: 600 },
    },
    tasks: ['Stage'],
    outcome: 'Retry',
    reason: 'UpdateInterrupted',
    says: /was interrupted.*The end of its journal/,
  },
  {
    when: 'the daemon refuses the check',
    faults: { checkRefused: true },
    tasks: ['Stage'],
    outcome: 'Retry',
    reason: 'UpdateEngineSilent',
    says: /does not answer: exit code 1: .*Error\.Failed/,
  },
  {
    when: 'the daemon never answers',
    faults: { statusHangs: true },
    tasks: both,
    outcome: 'Retry',
    reason: 'UpdateEngineSilent',
    says: /does not answer: it did not answer in time/,
    fasterPrograms: 20,
  },
];

describe.each([
  ['a host', hosts],
  ['an update_engine', engines],
])('%s of which', (_title, rows) => {
  it.each(
    rows.flatMap((row) =>
      row.tasks.map((task) => ({ ...row, task, answers: `${row.outcome} ${row.reason ?? ''}`.trim() })),
    ),
  )(
    '$when: $task answers $answers',
    async (row) => {
      const host = await aHost(row.faults, row.offers === undefined ? {} : { offers: row.offers });
      const request = { task: row.task, options: row.options ?? {} };
      const answer = await run(host, request, { fasterPrograms: row.fasterPrograms ?? 1 });
      expect(answer).toMatchObject({ outcome: row.outcome, message: expect.stringMatching(row.says) });
      expect([answer.reason, answer.staged]).toEqual([row.reason, row.staged]);
    },
    30_000,
  );
});

it('has a row for each reason that these tables give', () => {
  const shown = new Set([...hosts, ...engines].map(({ reason }) => reason));
  const given = [
    ...hostRows.map(({ reason }) => reason),
    ...['UpToDate', 'InProgress', 'RebootRequired'],
    ...Object.values(engineVerdicts).flatMap((verdict) => (verdict.kind === 'Odd' ? [verdict.reason] : [])),
  ];
  expect(given.filter((reason) => !shown.has(reason))).toEqual([]);
});

describe('a Node object', () => {
  it.each([
    ['of another system', { osImage: 'Ubuntu 24.04.3 LTS' }, { kind: 'NotOurs' }],
    [
      'with the label of a GKE node pool',
      { labels: { 'cloud.google.com/gke-nodepool': 'default-pool' } },
      { kind: 'Unsupported', reason: 'ManagedByGKE', because: expect.stringContaining('node pool upgrades') },
    ],
    [
      'with the label of a GKE image',
      { labels: { 'cloud.google.com/gke-os-distribution': 'cos' } },
      { kind: 'Unsupported', reason: 'ManagedByGKE' },
    ],
    [
      'with a kubelet of GKE',
      { kubeletVersion: 'v1.33.1-gke.1386000' },
      { kind: 'Unsupported', reason: 'ManagedByGKE' },
    ],
    [
      'of an Arm machine',
      { architecture: 'arm64' },
      { kind: 'Unsupported', reason: 'Arm', because: expect.stringContaining('replace the VM image') },
    ],
  ])('%s is told without a task', (_name, parts, want) => {
    expect(cosAdapter.recognise(aCosNode('n1', parts))).toMatchObject(want);
  });
});

describe('a reboot', () => {
  async function staged(faults: Readonly<Record<string, unknown>>): Promise<LabMachine> {
    const host = await aHost();
    await run(host, { task: 'Stage' });
    host.change({ faults });
    return host;
  }
  const reboot = (host: LabMachine, target = newer): Promise<TaskAnswer> =>
    run(host, { task: 'Reboot', target, order: orderFor(host) });

  it('that is accepted and comes back on the old build shows so at the next Inspect, under a new boot', async () => {
    const host = await staged({ bootFallsBack: true });
    const before = host.bootID();
    expect(await reboot(host)).toMatchObject({ outcome: 'Done', bootID: before });
    await host.boot();
    const after = await run(host, { task: 'Inspect' });
    expect(after).toMatchObject({ outcome: 'Done', version: running });
    expect(after.bootID).not.toBe(before);
  }, 30_000);

  it.each([
    [
      'of something that is not staged',
      { reportedStatus: 0 },
      { outcome: 'Failed', reason: 'NotStaged', message: expect.stringMatching(/says UPDATE_STATUS_IDLE/) },
    ],
    [
      'that the host refuses',
      { rebootRefused: { exitCode: 4, text: 'Operation inhibited by "backup"' } },
      {
        outcome: 'Failed',
        reason: 'RebootRefused',
        message: expect.stringMatching(/exit code 4: .*backup.*stays staged: any reboot enters it/),
      },
    ],
    [
      'that systemctl would only seem to carry out',
      { systemctlRefusesChroot: true },
      { outcome: 'Failed', reason: 'NoUnitState' },
    ],
  ])(
    '%s is not made',
    async (_name, faults, want) => {
      const host = await staged(faults);
      expect(await reboot(host)).toMatchObject(want);
      expect(host.host.rebootCalls()).toEqual([]);
    },
    30_000,
  );
});
