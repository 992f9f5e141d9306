/** How a run must end: every node updated and back in service, nothing left over, and nobody writing any more. */
import { osAdapters } from '../../src/adapters/os/index.ts';
import { restoreKey } from '../../src/api/keys.ts';
import { exactVersion } from '../../src/api/target-version.ts';
import type { PolicyFacts } from '../../src/plan/facts.ts';
import { same } from '../../src/plan/same.ts';
import { claimOf, isOperator, ownedNodes } from './invariants.ts';
import { isAllowedInTheEnd } from './invariants/versions.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** Nothing is written for so long before the end. */
const quietFor = 3_600_000;

export function watchQuiet({ state, time, scenario, fail, startedAt }: World): void {
  const quietFrom = startedAt + scenario.endAt - quietFor;
  state.onChange(({ by, kind, key, before, after }) => {
    // That a window opened or closed is told at once.
    const told = kind === 'policies' && same(besidesWindow(before), besidesWindow(after));
    if (isOperator(by) && time.now > quietFrom && !told) fail(`L1: ${by} still writes ${kind} ${key}`);
  });
}

function besidesWindow(policy: unknown): unknown {
  const { status, resourceVersion: _version, ...rest } = (policy ?? { status: {} }) as PolicyFacts;
  const { nextWindow: _window, ...left } = status;
  return { ...rest, status: left };
}

/** A burst is fine, a loop is not. */
export function watchLoops({ state, time, fail }: World): void {
  const window = 10_000;
  const most = 400;
  const recent: number[] = [];
  state.onChange(({ by, kind, key }) => {
    if (!isOperator(by)) return;
    recent.push(time.now);
    while ((recent[0] ?? time.now) < time.now - window) recent.shift();
    if (recent.length > most)
      fail(`L6: ${most} writes in ${window / 1000} s, the last one of ${kind} ${key}`);
  });
}

/** What the policy that owns it wants; undefined where its host follows a person's own pin. */
function wantedOn(machine: Machine, { state }: World): string | undefined {
  const { name, spec, offer, settings, running } = machine;
  const policies = state.all('policies');
  const nodes = new Map(state.all('nodes').map((node) => [node.name, node]));
  const owner = policies.find((policy) =>
    ownedNodes(nodes, policy, policies).some((node) => node.name === name),
  );
  if (owner === undefined || 'invalid' in owner.spec) return undefined;
  const exact = exactVersion(owner.spec);
  if (exact !== undefined) return exact;
  // A lock that was opened again is found at the next inspection, which may be days away.
  const lock = state.get('views', name)?.status.settings?.versionLock ?? 'latest';
  if (settings['version-lock'] !== 'latest' || lock !== 'latest') return undefined;
  const hidden = spec.gated === true && owner.spec.bottlerocket?.ignoreWaves !== true;
  const { compareVersions } = osAdapters[spec.os];
  return [...(hidden ? [] : [offer]), ...(spec.older ?? [])]
    .filter((version) => compareVersions(version, running) > 0 && isAllowedInTheEnd(owner, version))
    .reduce((best, version) => (compareVersions(version, best) > 0 ? version : best), running);
}

export function judgeEnd(
  world: World,
  machines: ReadonlyMap<string, Machine>,
  /** Names of Nodes that were deleted: their notes went with them. */
  remade: ReadonlySet<string>,
): void {
  const { state, fail } = world;
  for (const machine of machines.values()) {
    if (machine.retired) continue;
    const { name, running } = machine;
    const node = state.get('nodes', name);
    const view = state.get('views', name)?.status;
    const says = `${view?.state ?? 'no view'}: ${view?.because ?? ''}`;
    if (claimOf(node) !== undefined) fail(`L3: ${name} is still claimed (${says})`);
    if (node?.unschedulable === true) fail(`L3: ${name} is still cordoned (${says})`);
    if (view?.state === 'Unsupported') continue;
    const wanted = wantedOn(machine, world);
    if (wanted !== undefined && running !== wanted)
      fail(`L1: ${name} runs ${running} and is to run ${wanted} (${says})`);
    if (remade.has(name)) continue;
    if (node !== undefined && restoreKey in node.annotations)
      fail(`L3: the note of settings is still on ${name} (${says})`);
    if (!same(machine.settings, machine.own))
      fail(`L3: ${name} is left with ${JSON.stringify(machine.settings)} (${says})`);
    // What a wave hides is approved, and what it lists is not.
    if (view?.state !== 'UpToDate' && !(running === wanted && view?.reason === 'AwaitingApproval'))
      fail(`L1: ${name} is not up to date in its view (${says})`);
  }
  for (const { name, status } of state.all('policies')) {
    if ((status.claims ?? []).length > 0) fail(`L3: policy ${name} still has claims in its ledger`);
    const upToDate = status.conditions?.find(({ type }) => type === 'UpToDate');
    if (
      upToDate?.status !== 'True' &&
      upToDate?.reason !== 'NoNodes' &&
      upToDate?.reason !== 'AwaitingApproval' &&
      (status.unsupported ?? 0) < (status.nodes ?? 0)
    )
      fail(`L1: policy ${name} is not up to date: ${status.message ?? ''}`);
  }
  if (state.exclusive !== undefined) fail(`L3: the exclusive lease is still held by ${state.exclusive}`);
  for (const { podName } of state.all('tasks')) fail(`L3: task Pod ${podName} is left over`);
  for (const { jobName } of state.all('hooks')) fail(`L3: Job ${jobName} is left over`);
}
