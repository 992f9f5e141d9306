/** What has to be so for each recorded scenario to be repeated. One that is not known by name has to explain itself. */
import { deriveSetup } from './derived-setup.ts';
import type { Change } from './lab-bench.ts';
import type { Scenario } from './recording.ts';
import type { Setup } from './setup.ts';

const two = ['1.20.0', '1.19.5'];
const three = ['1.20.0', '1.19.5', '1.19.4'];
const kubernetes = 'the kubernetes settings of the recorded variant are not simulated';
const otherModels = 'services, configuration files and reports are not simulated';
const none: Change = { faults: {} };
const fault = (faults: Record<string, unknown>): Change => ({ faults });
const repository = (kind: string): Setup => ({ first: [fault({ repository: kind })] });
// Long enough that a busy machine gets all calls in while the lock is held.
const slow = { offers: two, prepareMs: 8000 };
const gated: Setup = {
  offers: two,
  first: [fault({ waves: { '1.20.0': '2099-01-01T00:00:00Z' } })],
};

const setups: Readonly<Record<string, Setup>> = {
  model: { skip: { 4: otherModels } },
  'settings-get': { skip: { 13: otherModels, 24: kubernetes, 25: kubernetes } },
  'methods-and-paths': {
    skip: { 35: otherModels, 36: otherModels, 37: otherModels, 38: otherModels },
  },
  'keep-alive': { skip: { 13: 'takes 40 s to show that nothing comes' } },
  'tx-delete': { settings: '{"motd":"one"}' },
  'apply-no-applier': { first: [fault({ noApplier: true })] },
  'apply-template-broken': { first: [fault({ templateBroken: true })] },
  'staged-chosen-gone': { first: [{ bring: 'Staged' }, { offers: ['1.19.5'] }] },
  'fault-whats-garbage': {
    first: [fault({ whatsGarbage: true })],
    before: { 'refresh-updates#3': none },
  },
  'fault-whats-garbage-available': {
    first: [{ bring: 'Available' }, fault({ whatsGarbage: true })],
  },
  'updog-missing': { first: [{ bring: 'Available' }, fault({ noUpdog: true })] },
  'updog-missing-first': { first: [fault({ noUpdog: true })] },
  'tbu-missing': { first: [fault({ noTbu: true })] },
  'status-file-corrupt': { first: [fault({ statusFile: 'Damaged' })], at: { 4: none } },
  'status-unknown-value': { first: [fault({ statusFile: 'UnknownState' })] },
  'dirs-missing': {
    first: [fault({ lockFolderMissing: true })],
    at: { 2: fault({ statusFolderMissing: true }) },
  },
  'release-file-missing': {
    first: [fault({ osRelease: 'Missing' })],
    at: { 3: fault({ osRelease: 'NoVersion' }), 4: fault({ osRelease: 'BadVersion' }), 5: none },
  },
  'partition-table-bad': { first: [fault({ partitionTableBad: true })], at: { 2: none } },
  'active-not-next': { first: [fault({ activeNotNext: true })] },
  'race-two-clients-refresh': { refreshMs: 2000 },
  'lock-held': { prepareMs: 8000, first: [{ bring: 'Available' }] },
  'lock-external': {
    first: [{ bring: 'Available' }, fault({ lockHeld: 'Exclusive' })],
    at: { 2: fault({ lockHeld: 'Shared' }), 5: none },
  },
  'waves-not-ready': gated,
  'waves-pinned': gated,
  'waves-commit-only': gated,
  'no-migration-path': { offers: two, first: [fault({ noMigrationPath: true })] },
  'other-variant-only': repository('OtherVariantOnly'),
  'repo-503': repository('Unavailable'),
  'retry-503': repository('Unavailable'),
  'repo-404': repository('NotFound'),
  'apiclient-refresh-fails': repository('NotFound'),
  'repo-403-timestamp': repository('Forbidden'),
  'repo-reset': repository('Reset'),
  'repo-expired': repository('Expired'),
  'repo-bad-signature': repository('BadSignature'),
  'repo-down-activate': {
    before: {
      'activate-update#1': fault({ repository: 'NotFound' }),
      'activate-update#2': none,
      'deactivate-update#1': fault({ repository: 'NotFound' }),
      'deactivate-update#2': none,
    },
  },
  'repo-truncated-image': {
    before: { 'prepare-update#2': fault({ imageTruncated: true }), 'prepare-update#3': none },
  },
  'repo-image-missing': { before: { 'prepare-update#1': fault({ imageMissing: true }) } },
  'slow-download': slow,
  'updog-killed-real': {
    offers: two,
    before: {
      'prepare-update#1': fault({
        updogFails: { commands: ['prepare'], signal: 9, stderr: 'Starting update to 1.20.0\n' },
      }),
      'prepare-update#2': none,
    },
  },
  'dispatcher-killed-real': {
    ...slow,
    before: {
      'prepare-update#1': fault({ tbuKilled: { commands: ['prepare'], afterMs: 60, times: 1 } }),
    },
  },
  'server-restart-only-real': { ...slow, at: { 8: fault({ serverRestart: { downMs: 150 } }) } },
  'server-restart-cgroup-real': {
    ...slow,
    at: { 8: fault({ serverRestart: { downMs: 150, endsCommands: true } }) },
  },
  'server-stop-with-idle-connection': { at: { 2: fault({ serverRestart: { downMs: 300 } }) } },
  'server-stop-with-stuck-request': { at: { 1: fault({ serverRestart: { downMs: 900 } }) } },
  'server-killed': { first: [fault({ serverRestart: { how: 'Kill', downMs: 300 } })] },
  'reboot-ok-ignored': { first: [fault({ rebootIgnored: true })] },
  'reboot-refused': { first: [fault({ rebootRefused: 'Operation inhibited by "someone"' })] },
  'reboot-signal': { first: [fault({ rebootRefused: { exitCode: 9, text: '' } })] },
  'reboot-slow': { first: [fault({ rebootIgnored: true, rebootCallMs: 300 })] },
  'reboot-command-missing': { first: [fault({ rebootCommandMissing: true })] },
  'downgrade-real': { version: '1.20.0' },
  'reboot-during-prepare': slow,
  'early-boot': { at: { 4: fault({ earlyBoot: true }) }, skip: { 9: kubernetes } },
  'datastore-gone': { first: [fault({ datastoreGone: true })] },
  'download-budget-no-ranges': {
    offers: two,
    first: [fault({ downloadMs: 400, downloadBudgetMs: 300 })],
  },
  'download-budget-ranges': {
    offers: two,
    first: [fault({ downloadMs: 300, downloadBudgetMs: 400 })],
  },
  'download-budget-ranges-too-slow': {
    offers: two,
    first: [fault({ downloadMs: 400, downloadBudgetMs: 300 })],
  },
  'socket-path-is-directory': {
    first: [fault({ socketIsDirectory: true })],
    at: { 3: none },
  },
  'timing-fast-updog': { before: { 'activate-update#1': { bring: 'Staged' } } },
  'timing-stderr-size': { first: [{ bring: 'Available' }] },
};

const updogFaults: Readonly<Record<string, Record<string, unknown>>> = {
  exit1: { updogFails: { stderr: 'Failed to load metadata: timeout\n' } },
  'exit0-noop': { noopPrepare: true },
  exit64: { updogFails: { exitCode: 64, stderr: '' } },
  exit255: { updogFails: { exitCode: 255, stderr: '' } },
  sigkill: { updogFails: { signal: 9 } },
  sigterm: { updogFails: { signal: 15 } },
  'stderr-1m': { updogStderr: { bytes: 1_000_000 } },
  'stderr-10m-fail': {
    updogStderr: { bytes: 10_000_000 },
    updogFails: { commands: ['prepare'], stderr: '' },
  },
  badutf8: { updogStderr: { invalidUtf8: true }, updogFails: { exitCode: 2, stderr: '' } },
};

const tableName = /^table-(none|Idle|Available|Staged|Ready)-\w+-(ok|fail)$/;
const faultName = /^fault-(.+)-(refresh|prepare|activate)$/;

/** Scenarios that need nothing, or what their name says. */
export function setupFor(whole: Scenario): Setup {
  const { scenario } = whole;
  const known = setups[scenario];
  if (known !== undefined) return known;
  const [, state, end] = tableName.exec(scenario) ?? [];
  if (state !== undefined) {
    const faults: readonly Change[] = end === 'fail' ? [fault({ updogFails: {} })] : [];
    if (state === 'none') return { first: faults };
    const reach: readonly Change[] =
      state === 'Idle'
        ? [{ offers: ['1.19.5'], bring: 'Available' }, { offers: three }]
        : [{ bring: state as 'Available' | 'Staged' | 'Ready' }];
    return { first: [...reach, ...faults] };
  }
  const [, kind = '', command] = faultName.exec(scenario) ?? [];
  const faults = updogFaults[kind];
  if (faults === undefined) return deriveSetup(whole);
  return { first: [{ bring: command === 'activate' ? 'Staged' : 'Available' }, fault(faults)] };
}

/** Scenarios that hold nothing but measurements: no answer to compare. */
export const notReplayable: Readonly<Record<string, string>> = {
  'race-poller': 'only counts of answers were recorded',
  'pin-then-refresh-at-once': 'only a summary of ten runs was recorded',
  'timing-200ms-updog': 'only times were recorded',
  'timing-real-updog': 'only times were recorded',
  'timing-plain-calls': 'only times were recorded',
};
