/**
 * The switches of the simulated hosts whose outcome is the operator's, and every way in which a machine comes back: one row each,
 * with the state, the reason and the sentence in which it ends, while other nodes of the same policy go on. What else becomes of a
 * failure is in failures.test.ts, failures-after-reboot.test.ts and orders.test.ts; what a task makes of each switch by itself is in
 * the adapters' own tests.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Attempts, NodeViewStatus } from '../../src/api/container-os-node.ts';
import type { OsName } from '../../src/api/os.ts';
import type { ApiObject } from '../lab/api/api-client.ts';
import { until } from '../lab/process/until.ts';
import { storiesAtOnce } from './support/at-once.ts';
import { expectHalted, expectRetryClears, expectSlotFree } from './support/failure.ts';
import type { Histories, History } from './support/history.ts';
import { openHistories } from './support/history.ts';
import type { Scene } from './support/scene.ts';
import { openScene } from './support/scene.ts';
import {
  addNode,
  applyOwnPolicy,
  endStory,
  expectPutBack,
  expectUpdated,
  isCordoned,
  reboots,
  retry,
  versions,
} from './support/story.ts';
import { patience, slow } from './support/waits.ts';

const within = patience(300_000);
const b = 'Bottlerocket';
const c = 'ContainerOptimizedOS';

type View = ApiObject & { readonly status?: NodeViewStatus };

/** More at a time, and a Pod takes longer to start than an order is valid. */
const { story, begin } = storiesAtOnce(9);

let scene: Scene;
let histories: Histories;
let views: History<View>;
beforeAll(async () => {
  scene = await openScene('switches');
  histories = openHistories(scene.client);
  views = await histories.record<View>('/apis/containeros.dev/v1alpha1/containerosnodes', '');
  begin();
}, 60_000);
afterAll(async () => {
  histories.stop();
  await scene.close();
}, 60_000);

interface Switch {
  /** What is wrong with the host. */
  readonly is: string;
  readonly faults?: object;
  readonly host?: object;
  readonly labels?: Readonly<Record<string, string | null>>;
  readonly state: NodeViewStatus['state'];
  readonly reason?: string;
  readonly because: RegExp;
  /** The reason of the attempt that it costs; none without. */
  readonly attempt?: string;
}

interface Chain {
  readonly node: string;
  readonly os: OsName;
  readonly switches: readonly Switch[];
}

const gke = 'cloud.google.com/gke-nodepool';
const otherOperator = 'bottlerocket.aws/updater-interface-version';
const unknown = { state: 'Unknown' } as const;
const unsupported = { state: 'Unsupported' } as const;
const outdated = { state: 'Outdated', attempt: 'PrepareFailed' } as const;
const unchecked = { state: 'Unknown', attempt: 'UpdateFailed' } as const;
/** With the waits of scenes the host runs out of time before it gives up by itself; a Pod that starts late does so after the operator. */
const overdue = (task: string, seconds: number, limit: number, patient: RegExp): RegExp =>
  slow
    ? patient
    : new RegExp(
        `^(The ${task} task was not finished after ${String(seconds)} seconds|no answer within ${String(limit)}s|it took longer than its deadline)`,
      );
const tries = 'tries again after \\S+: ';

/** One node each, whose host has one trouble after the other. */
const chains: readonly Chain[] = [
  {
    node: 'asked-b1',
    os: b,
    switches: [
      {
        is: 'no dispatcher',
        faults: { noTbu: true },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image seems to have no updater, .*: \d+: /,
      },
      {
        is: 'no updater',
        faults: { noUpdog: true },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image seems to have no updater, .*none leaves a trace/,
      },
      {
        is: 'a repository that has expired',
        faults: { repository: 'Expired' },
        ...unknown,
        because: /^refresh failed with exit status or signal 1: .*expired/i,
      },
      {
        is: 'a repository that is down',
        faults: { repository: 'Unavailable' },
        ...unknown,
        because: /^refresh failed with exit status or signal 1: .*503/,
      },
      {
        is: 'a repository of another variant',
        faults: { repository: 'OtherVariantOnly' },
        state: 'UpToDate',
        because: /^1\.25\.0 is the newest that the node is offered/,
      },
      {
        is: 'a wave that has not come',
        faults: { waves: { '1.26.1': '2099-01-01T00:00:00Z' } },
        state: 'UpToDate',
        because:
          /^1\.25\.0 is the newest that the node is offered; 1\.26\.1 exists, .*: its wave had not come/,
      },
      {
        is: 'the label of another operator',
        labels: { [otherOperator]: '2.0.0' },
        ...unsupported,
        reason: 'ManagedElsewhere',
        because: /^its label bottlerocket\.aws\/updater-interface-version says/,
      },
    ],
  },
  {
    node: 'asked-b2',
    os: b,
    switches: [
      {
        is: 'settings that are not in force',
        faults: { earlyBoot: true },
        ...unknown,
        because: /^The host lists a newer version and chose none, and shows no settings/,
      },
      {
        is: 'no datastore',
        faults: { datastoreGone: true },
        ...unknown,
        because: /^The host lists a newer version and chose none, and shows no settings/,
      },
      {
        is: 'a damaged status file',
        faults: { statusFile: 'Damaged' },
        ...unknown,
        because: /^The host does not tell the state of its updates \(500: /,
      },
      {
        is: 'no folder for the lock',
        faults: { lockFolderMissing: true },
        ...unknown,
        because: /^The host does not tell the state of its updates \(500: /,
      },
      {
        is: 'no release file',
        faults: { osRelease: 'Missing' },
        ...unknown,
        because: /^The host does not tell its version \(500: /,
      },
      {
        is: 'a lock that is never free',
        faults: { lockHeld: 'Exclusive' },
        ...unknown,
        because: overdue('Inspect', 16, 20, /^The host was busy with an update command all the time/),
      },
    ],
  },
  {
    node: 'staged-b',
    os: b,
    switches: [
      {
        is: 'an updater that fails',
        faults: { updogFails: { commands: ['prepare'], exitCode: 3, stderr: 'no space' } },
        ...outdated,
        because: new RegExp(`^${tries}prepare failed with exit status or signal 3: no space`),
      },
      {
        is: 'an updater that is killed',
        faults: { updogFails: { commands: ['prepare'], signal: 9 } },
        ...outdated,
        because: new RegExp(`^${tries}prepare failed with exit status or signal 9: `),
      },
      {
        is: 'an image that is cut off',
        faults: { imageTruncated: true },
        ...outdated,
        because: new RegExp(`^${tries}prepare failed .*Hash mismatch`),
      },
      {
        is: 'an image that is missing',
        faults: { imageMissing: true },
        ...outdated,
        because: new RegExp(`^${tries}prepare failed .*404 Not Found`),
      },
      {
        is: 'no migration path',
        faults: { noMigrationPath: true },
        ...outdated,
        because: new RegExp(`^${tries}prepare failed .*end of migration chain`),
      },
      {
        is: 'a download that takes too long',
        faults: { downloadMs: 2000, downloadBudgetMs: 300 },
        ...outdated,
        because: new RegExp(`^${tries}prepare failed .*operation timed out`),
      },
    ],
  },
  {
    node: 'asked-c',
    os: c,
    switches: [
      {
        is: 'a masked updater',
        faults: { unit: 'Masked' },
        ...unsupported,
        reason: 'Masked',
        because: /^The image was built with update_engine masked/,
      },
      {
        is: 'the mask on the kernel command line',
        faults: { cmdlineMask: true },
        ...unsupported,
        reason: 'Masked',
        because: /^The image was built with update_engine masked/,
      },
      {
        is: 'no updater',
        faults: { unit: 'NotFound' },
        ...unsupported,
        reason: 'NoUpdater',
        because: /^The image has no update_engine\.$/,
      },
      {
        is: 'a disabled updater',
        faults: { unit: 'Inactive' },
        ...unsupported,
        reason: 'UpdatesDisabled',
        because: /cos-update-strategy=update_enabled/,
      },
      {
        is: 'an updater that has failed',
        faults: { unit: 'Failed' },
        ...unknown,
        because: /^update-engine\.service has failed: /,
      },
      {
        is: 'an updater that Secure Boot stopped',
        faults: { unit: 'SecureBoot' },
        ...unsupported,
        reason: 'SecureBoot',
        because: /^This VM has booted with Secure Boot/,
      },
      {
        is: 'the mark of Secure Boot',
        faults: { secureBoot: true },
        ...unsupported,
        reason: 'SecureBoot',
        because: /^This VM has booted with Secure Boot/,
      },
      {
        is: 'a systemctl that refuses',
        faults: { systemctlRefusesChroot: true },
        ...unknown,
        because: /^systemctl does not tell the state of update-engine\.service .*try hostCommand: Nsenter/,
      },
      {
        is: 'a rollback',
        faults: { reportedStatus: 'UPDATE_STATUS_ATTEMPTING_ROLLBACK' },
        ...unknown,
        because: /^update_engine is rolling back\./,
      },
      {
        is: 'a policy that disables updates',
        faults: { reportedStatus: 'UPDATE_STATUS_DISABLED' },
        ...unknown,
        because: /^update_engine says that updates are disabled\./,
      },
      {
        is: 'a state that nobody knows',
        faults: { reportedStatus: 'UPDATE_STATUS_THIRTEEN' },
        ...unknown,
        because: /^update_engine is in a state that is not known here \(UPDATE_STATUS_THIRTEEN\)/,
      },
      {
        is: 'the label of GKE',
        labels: { [gke]: 'default' },
        ...unsupported,
        reason: 'ManagedByGKE',
        because: /^GKE manages this node and replaces it/,
      },
    ],
  },
  {
    node: 'staged-c',
    os: c,
    switches: [
      {
        is: 'a download that breaks off',
        faults: { checkError: { code: 9, in: 'UPDATE_STATUS_DOWNLOADING' } },
        ...unchecked,
        because: new RegExp(`^${tries}update_engine failed: kDownloadTransferError`),
      },
      {
        is: 'a server that answers with an error',
        faults: { checkError: { code: 37 } },
        ...unchecked,
        because: new RegExp(`^${tries}update_engine failed: kOmahaErrorInHTTPResponse`),
      },
      {
        is: 'a server that cannot be found',
        faults: { checkError: { code: 58 } },
        ...unchecked,
        because: new RegExp(`^${tries}update_engine failed: kUnresolvedHostError`),
      },
      {
        is: 'an update that a policy ignores',
        faults: { checkError: { code: 35 } },
        ...unchecked,
        because: new RegExp(`^${tries}update_engine failed: kOmahaUpdateIgnoredPerPolicy`),
      },
      {
        is: 'a check that is refused',
        faults: { checkRefused: true },
        ...unknown,
        because: /^update_engine does not answer: /,
      },
      {
        is: 'an updater that dies each time',
        faults: {
          daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 500, times: 9 },
          phaseMs: { UPDATE_STATUS_DOWNLOADING: 2000 },
        },
        ...unknown,
        because: /^update_engine was interrupted: it is idle again without a result/,
      },
    ],
  },
  {
    node: 'blocked-c',
    os: c,
    switches: [
      {
        is: 'a check that a policy blocks',
        faults: { checkIgnored: true },
        ...unknown,
        because: overdue('Stage', 32, 40, /^update_engine accepted the check and did nothing/),
      },
    ],
  },
];

const peerOf = (node: string): string => `${node}-peer`;

async function startChain({ node, os, switches: [first] }: Chain): Promise<void> {
  const labels = { 'scene.containeros.dev/chain': node };
  const host = { os, ...first?.host, faults: first?.faults ?? {} };
  await scene.addNodes({ [node]: { labels, host }, [peerOf(node)]: { labels, host: { os } } });
  await scene.applyPolicy(node, { os, nodeSelector: { matchLabels: labels }, rollout: { soak: '1s' } });
}

async function turnOn(node: string, { is, faults = {}, labels }: Switch): Promise<void> {
  await scene.setHost(node, { faults });
  const path = `/api/v1/nodes/${scene.full(node)}`;
  await scene.client.patch(path, 'merge', {
    metadata: { labels: { [gke]: null, [otherOperator]: null, ...labels } },
  });
  await retry(scene, node, is);
}

const wentDown = /^the node went down; waits for it to come back$/;
const variants = [
  { variant: 'Fast', host: {} },
  { variant: 'NotReadyFirst', host: {}, shows: wentDown },
  { variant: 'UnknownFirst', host: {}, shows: wentDown },
  {
    variant: 'BootIDBeforeReady',
    host: { timings: { prepareMs: 200, bootMs: 500, settleMs: 5000 } },
    shows: /^it has rebooted; the node is not Ready since /,
  },
  { variant: 'Flapping', host: {} },
  { variant: 'NewNodeObject', host: {} },
  {
    variant: 'NeverBack',
    host: {},
    shows: /^(the node went down|the reboot was ordered|order not yet void)/,
  },
  { variant: 'Fast', lost: true, host: { runtimeState: 'Lost' } },
] as const;
const nameOf = (one: (typeof variants)[number], os: OsName): string =>
  `${'lost' in one ? 'lost' : one.variant.toLowerCase()}-${os === b ? 'b' : 'c'}`;
const fleets = ([b, c] as const).map((os) => ({ os, policy: `variants-${os === b ? 'b' : 'c'}` }));

describe('a fleet whose machines come back in every way at once', () => {
  for (const { os, policy } of fleets)
    it(
      `of ${os} is updated, each node in its own slot, while one stays away`,
      story(async () => {
        const labels = { 'scene.containeros.dev/fleet': policy };
        const nodes = variants.map((one) => ({ ...one, name: nameOf(one, os) }));
        await scene.addNodes(
          Object.fromEntries(
            nodes.map(({ name, variant, host }) => [
              name,
              { labels, host: { os, reboot: variant, ...host } },
            ]),
          ),
        );
        await scene.applyPolicy(policy, {
          os,
          nodeSelector: { matchLabels: labels },
          rollout: { soak: '1s', maxUnavailable: '100%' },
        });

        const status = await scene.untilStatus(
          policy,
          ({ upToDate, claims }) => upToDate === variants.length - 1 && claims?.length === 1,
          240_000,
        );
        const away = nodes.find(({ variant }) => variant === 'NeverBack')?.name ?? '';
        expect(status).toMatchObject({
          progress: `${variants.length - 1}/${variants.length}`,
          failures: [],
          claims: [{ node: scene.full(away), phase: 'Reserved' }],
        });
        expect(isCordoned(await scene.node(away))).toBe(true);
        await scene.setHost(away, { reboot: 'Fast' });
        await scene.untilStatus(
          policy,
          ({ upToDate, claims }) => upToDate === variants.length && !claims?.length,
        );

        for (const { name, ...variant } of nodes) {
          expectPutBack(await scene.node(name));
          // How long a kubelet of the lab takes to start may be too long for its soak; that is no attempt at the update.
          const attempts = attemptsOf(name).filter(({ reason }) => reason !== 'UnhealthyDuringSoak');
          expect({ name, ...reboots(scene, name), attempts }).toEqual({
            name,
            asked: 1,
            down: 1,
            attempts: [],
          });
          if ('shows' in variant)
            expect(told(name).map(({ because }) => because)).toContainEqual(
              expect.stringMatching(variant.shows),
            );
        }
        await scene.deletePolicy(policy);
        await scene.kubectl(['delete', 'node', '--wait=false', ...nodes.map(({ name }) => scene.full(name))]);
      }),
      within,
    );
});

interface Harmless {
  readonly os: OsName;
  readonly node: string;
  readonly with: string;
  readonly faults: object;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly offers?: readonly string[];
}

const harmless: readonly Harmless[] = [
  {
    os: b,
    node: 'client-b',
    with: 'another client that activates what was staged',
    faults: { otherClient: { after: 'prepare', does: 'activate' } },
  },
  { os: b, node: 'locked-b', with: 'a lock that is free after a while', faults: { lockHeldMs: 3000 } },
  { os: b, node: 'closed-b', with: 'settings that nobody may read', faults: { lockedDown: true } },
  {
    os: b,
    node: 'talks-b',
    with: 'an updater that talks a lot, and a reboot call that takes its time',
    faults: {
      updogStderr: { commands: ['refresh', 'prepare'], bytes: 1_000_000, invalidUtf8: true },
      rebootCallMs: 2000,
    },
  },
  {
    os: c,
    node: 'old-c',
    with: 'the oldest ways of telling everything',
    faults: {
      statusForm: 'Old',
      exitCodesLie: true,
      osReleaseQuotes: 'All',
      systemctlRefusesChroot: 'UnlessTold',
    },
  },
  {
    os: c,
    node: 'dies-c',
    with: 'an updater that dies while it downloads, once',
    faults: {
      daemonDies: { in: 'UPDATE_STATUS_DOWNLOADING', restartMs: 500 },
      phaseMs: { UPDATE_STATUS_DOWNLOADING: 2000 },
    },
  },
  {
    os: c,
    node: 'forgets-c',
    with: 'an updater that dies with the update staged, and forgets its version',
    faults: { daemonDies: { in: 'UPDATE_STATUS_UPDATED_NEED_REBOOT', restartMs: 500 } },
  },
  {
    os: c,
    node: 'self-c',
    with: 'an updater that has updated by itself',
    faults: { selfUpdateMs: 100 },
    spec: { containerOptimizedOS: { checkForUpdate: false } },
  },
  {
    os: c,
    node: 'start-c',
    with: 'a stopped updater that the policy starts',
    faults: { unit: 'Inactive' },
    spec: { containerOptimizedOS: { startUpdateEngine: true } },
  },
];

describe('a host that is odd', () => {
  for (const how of ['Stop', 'Kill'])
    it(
      `of ${b} whose API server restarts (${how}) in the middle of a Stage is staged by another Pod, without an attempt spent`,
      story(async () => {
        const node = `restarts-${how.toLowerCase()}`;
        await addNode(scene, b, node, { host: { timings: { prepareMs: 4000, bootMs: 500 } } });
        await applyOwnPolicy(scene, b, node);
        await scene.untilView(node, ({ state }) => state === 'Staging');
        await scene.setHost(node, { faults: { serverRestart: { how, downMs: 1000 } } });
        await untilUpToDate(node, b);
        await expectUpdated(scene, b, node);
        expect(attemptsOf(node)).toEqual([]);
        expect(reboots(scene, node)).toEqual({ asked: 1, down: 1 });
        await endStory(scene, node);
      }),
      within,
    );

  for (const { os, node, with: trouble, faults, spec = {} } of harmless)
    it(
      `of ${os} with ${trouble} is updated, without an attempt spent`,
      story(async () => {
        await addNode(scene, os, node, { host: { faults } });
        await applyOwnPolicy(scene, os, node, spec);
        await untilUpToDate(node, os);
        await expectUpdated(scene, os, node);
        expect(attemptsOf(node)).toEqual([]);
        expect(reboots(scene, node)).toEqual({ asked: 1, down: 1 });
        await endStory(scene, node);
      }),
      within,
    );
});

describe('a host', () => {
  for (const chain of chains) {
    const { node, os, switches } = chain;
    for (const one of switches)
      it(
        `of ${os} with ${one.is} says so, keeps its node in service, and other nodes go on`,
        story(() => expectSaid(chain, one), node),
        within,
      );
    it(
      `of ${os} that had all of this is updated once it is well (${node})`,
      story(async () => {
        await turnOn(node, { is: 'nothing', state: 'UpToDate', because: /./ });
        await untilUpToDate(node, os);
        expectPutBack(await scene.node(node));
        expect(reboots(scene, node)).toEqual({ asked: 1, down: 1 });
        await endStory(scene, node);
        await endStory(scene, peerOf(node));
      }, node),
      within,
    );
  }

  it(
    'of ContainerOptimizedOS on Arm says so without having been asked',
    story(async () => {
      await addNode(scene, c, 'arm', { host: { architecture: 'arm64' } });
      await applyOwnPolicy(scene, c, 'arm');
      const view = await scene.untilView('arm', ({ state }) => state === 'Unsupported');
      expect(view).toMatchObject({
        reason: 'Arm',
        because: 'Arm images of this OS cannot be updated in place; replace the VM image',
      });
      expect(view).not.toHaveProperty('inspectedAt');
      await endStory(scene, 'arm');
    }),
    within,
  );
});

async function expectSaid(chain: Chain, one: Switch): Promise<void> {
  const { node, os, switches } = chain;
  const first = one === switches[0];
  const before = told(node).length;
  if (first) await startChain(chain);
  else await turnOn(node, one);

  // The waits of scenes are so short that a busy computer may look at the view before and after a sentence only.
  const view = await until(
    `${node} to say ${String(one.because)}`,
    () =>
      told(node)
        .slice(before)
        .find(({ state, because }) => state === one.state && one.because.test(because ?? '')),
    { withinMs: patience(90_000) },
  );
  expect(view.reason).toBe(one.reason);
  expect(view.attempts?.map(({ count, reason }) => ({ count, reason }))).toEqual(
    one.attempt === undefined ? undefined : [{ count: 1, reason: one.attempt }],
  );
  expectPutBack(await scene.node(node));
  const { failures = [], claims = [] } = await scene.untilStatus(
    node,
    ({ unsupported }) => unsupported === (one.state === 'Unsupported' ? 1 : 0),
  );
  expect(failures).toEqual([]);
  expect(claims.filter(({ node: claimed }) => claimed === scene.full(node))).toEqual([]);
  if (first) await untilUpToDate(peerOf(node), os);
  else if (one.state === 'Unknown')
    await scene.untilStatus(node, ({ message = '' }) => message.startsWith(`${scene.full(node)}: `));
}

const untilUpToDate = (name: string, os: OsName): Promise<NodeViewStatus> =>
  scene.untilView(name, ({ state, version }) => state === 'UpToDate' && version === versions[os].to, 150_000);

/** Every attempt that any revision of the node's view told of. */
const attemptsOf = (node: string): readonly Attempts[] =>
  told(node).flatMap(({ attempts }) => attempts ?? []);
const told = (node: string): readonly NodeViewStatus[] =>
  views().flatMap(({ object }) =>
    object.metadata.name === scene.full(node) && object.status !== undefined ? [object.status] : [],
  );

describe('a Reboot task that cannot do what it was made for', () => {
  for (const { node, faults, reason, says } of [
    {
      node: 'activates-not',
      faults: { updogFails: { commands: ['activate'], stderr: 'no such partition' } },
      reason: 'ActivateFailed',
      says: /^1\.26\.1 could not be activated: activate failed .*no such partition\. /,
    },
    {
      node: 'staged-nothing',
      faults: { noopPrepare: true },
      reason: 'ActivateFailed',
      says: /^1\.26\.1 could not be activated: /,
    },
    {
      node: 'reboots-not',
      faults: { rebootCommandMissing: true },
      reason: 'RebootRefused',
      says: /^The host refused to reboot \(500: /,
    },
  ])
    it(
      `on a host of ${b} (${node}) puts the node back, counts, and halts its policy`,
      story(async () => {
        await addNode(scene, b, node, { host: { faults } });
        await applyOwnPolicy(scene, b, node);
        const view = await scene.untilView(node, ({ attempts }) => attempts !== undefined);
        expect(view.attempts).toMatchObject([{ count: 1, reason, message: expect.stringMatching(says) }]);
        expectPutBack(await scene.untilNode(node, (now) => !isCordoned(now)));
        await expectHalted(scene, node, reason);
        await expectSlotFree(scene, node);
        expect(reboots(scene, node)).toEqual({ asked: 0, down: 0 });
        await expectRetryClears(scene, node, b);
      }),
      within,
    );
});
