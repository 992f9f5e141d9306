/** How a run must end: every node updated and back in service, nothing left over, and nobody writing any more. */
import { claimOf, isOperator } from './invariants.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

/** Nothing is written for so long before the end. */
const quietFor = 3_600_000;

export function watchQuiet({ state, time, scenario, fail, startedAt }: World): void {
  const quietFrom = startedAt + scenario.endAt - quietFor;
  state.onChange(({ by, kind, key }) => {
    if (isOperator(by) && time.now > quietFrom) fail(`L1: ${by} still writes ${kind} ${key}`);
  });
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

export function judgeEnd({ state, fail }: World, machines: ReadonlyMap<string, Machine>): void {
  for (const machine of machines.values()) {
    if (machine.retired) continue;
    const { name, running, offer } = machine;
    const node = state.get('nodes', name);
    const view = state.get('views', name)?.status;
    const says = `${view?.state ?? 'no view'}: ${view?.because ?? ''}`;
    if (claimOf(node) !== undefined) fail(`L3: ${name} is still claimed (${says})`);
    if (node?.unschedulable === true) fail(`L3: ${name} is still cordoned (${says})`);
    if (view?.state === 'Unsupported') continue;
    if (running !== offer) fail(`L1: ${name} runs ${running} and is offered ${offer} (${says})`);
    if (view?.state !== 'UpToDate') fail(`L1: ${name} is not up to date in its view (${says})`);
  }
  for (const { name, status } of state.all('policies')) {
    if ((status.claims ?? []).length > 0) fail(`L3: policy ${name} still has claims in its ledger`);
    const upToDate = status.conditions?.find(({ type }) => type === 'UpToDate');
    if (
      upToDate?.status !== 'True' &&
      upToDate?.reason !== 'NoNodes' &&
      (status.unsupported ?? 0) < (status.nodes ?? 0)
    )
      fail(`L1: policy ${name} is not up to date: ${status.message ?? ''}`);
  }
  if (state.exclusive !== undefined) fail(`L3: the exclusive lease is still held by ${state.exclusive}`);
  for (const { podName } of state.all('tasks')) fail(`L3: task Pod ${podName} is left over`);
}
