/**
 * S9 for schedules: no node gets a slot or a claim later than 1 s after a window's end, none that could not be expected to be done in
 * time, unless a person wished so. Judged by a model that looks at every minute, not by the planner's own words.
 */
import type { Schedule } from '../../../src/api/schedule.ts';
import { durationToMillis } from '../../../src/api/duration.ts';
import { updateNowKey } from '../../../src/api/keys.ts';
import type { NodeFacts, NodeView, PolicyFacts } from '../../../src/plan/facts.ts';
import { openMinutes, wallClock } from '../../support/naive-schedule.ts';
import { claimOf, ownedNodes } from '../invariants.ts';
import type { World } from '../world.ts';

const minute = 60_000;
const day = 24 * 60;
/** From reading the clock to sending. */
const late = 1000;
/** For a download that belongs to the turn. */
const cosStage = 20 * minute;

export function watchWindows(world: World): void {
  const { state, fail, scenario, startedAt } = world;
  const from = startedAt - 3 * day * minute;
  const minutes = 5 * day + Math.ceil(scenario.endAt / minute);
  const known = new Map<string, readonly boolean[]>();
  const openOf = (schedule: Schedule): readonly boolean[] => {
    const key = JSON.stringify(schedule);
    const open = known.get(key) ?? openMinutes(schedule, wallClock(schedule.timeZone, from, minutes));
    known.set(key, open);
    return open;
  };
  /** For how long it is still open; 0 where it is not. */
  const leftAt = (schedule: Schedule, at: number): number => {
    const open = openOf(schedule);
    const index = Math.floor((at - from) / minute);
    if (open[index] !== true) return 0;
    const end = open.indexOf(false, index);
    return (end === -1 ? Number.POSITIVE_INFINITY : from + end * minute) - at;
  };
  const leftBy = (schedule: Schedule, sentAt: number): number =>
    Math.max(leftAt(schedule, sentAt), leftAt(schedule, sentAt - late));

  state.onChange(({ kind, before, after, by }) => {
    if (!by.startsWith('operator') || before === undefined || after === undefined) return;
    if (kind === 'policies') {
      const put = world.statusPut;
      const [old, policy] = [before as PolicyFacts, after as PolicyFacts];
      if (put === undefined || 'invalid' in old.spec || old.spec.schedule === undefined) return;
      const { schedule } = old.spec;
      const nodes = new Map([...put.nodes.values()].map((node) => [node.uid, node]));
      const had = new Set((old.status.claims ?? []).map(({ nodeUID }) => nodeUID));
      for (const { node: name, nodeUID, attempt } of policy.status.claims ?? []) {
        const node = nodes.get(nodeUID);
        if (had.has(nodeUID) || claimOf(node)?.attempt === attempt) continue;
        if (node !== undefined && updateNowKey in node.annotations) continue;
        const left = leftBy(schedule, put.sentAt);
        // A node that has just come from another policy is the policy's before its view is stored.
        const own = new Set(ownedNodes(put.nodes, old, put.policies).map((one) => one.name));
        const takes = Math.min(
          expectedOf(name, old, put.views, new Set()),
          expectedOf(name, old, put.views, own),
        );
        if (left === 0) fail(`S9: ${name} got a slot outside the windows of ${old.name}`);
        else if (left < takes)
          fail(
            `S9: ${name} got a slot ${left / 1000} s before the end of a window, and needs ${takes / 1000} s`,
          );
      }
    }
    if (kind === 'nodes') {
      const [old, node] = [before as NodeFacts, after as NodeFacts];
      const claim = claimOf(node);
      const sent = world.claimsSent.get(claim?.attempt ?? '');
      if (claim === undefined || claimOf(old) !== undefined || sent?.policy === undefined) return;
      if ('invalid' in sent.policy.spec || sent.policy.spec.schedule === undefined) return;
      if (updateNowKey in old.annotations) return;
      if (leftBy(sent.policy.spec.schedule, sent.at) === 0)
        fail(`S9: ${node.name} was claimed outside the windows of ${sent.policy.name}`);
    }
  });
}

/** What it took before; else what nine of ten earlier nodes of the policy took at most; else all that it may take. */
function expectedOf(
  node: string,
  { name, spec }: PolicyFacts,
  views: ReadonlyMap<string, NodeView>,
  owned: ReadonlySet<string>,
): number {
  const took = new Map<string, number>();
  for (const { name: of, status } of views.values())
    if ((status.policy === name || owned.has(of)) && status.lastUpdate !== undefined) {
      let seconds = 0;
      for (const part of Object.values(status.lastUpdate.seconds)) seconds += part;
      took.set(of, seconds * 1000);
    }
  const own = took.get(node);
  if (own !== undefined) return own;
  const all = [...took.values()].toSorted((a, b) => a - b);
  if (all.length > 0) return all[Math.ceil(all.length * 0.9) - 1] ?? 0;
  if ('invalid' in spec) return 0;
  const most = durationToMillis(spec.drain.timeout) + durationToMillis(spec.reboot.timeout);
  return spec.os === 'Bottlerocket' ? most : most + cosStage;
}
