/**
 * What a node of a later wave is to get, nodes of the waves before must have been asked about since it was first offered: each node is
 * asked at a time of its own, and the wave of one that was asked too early to know of it would look as if it were over.
 */
import type { NodeViewStatus } from '../../api/container-os-node.ts';
import { selects } from '../../api/label-selector.ts';
import type { PolicySpec } from '../../api/policy-spec.ts';
import type { Millis, NodeView, PolicyFacts } from '../facts.ts';
import type { OsRules } from '../os-rules.ts';
import type { Snapshot } from '../snapshot.ts';
import { timeOf } from '../text.ts';
import { isUpdateNow } from '../update-now.ts';

/** Nodes may lie about what they are offered: for their word others are asked at most so often. */
const askedAgain = 300_000;

export interface AskedFirst {
  /** When a node is to be asked by this task because of what one of a later wave is to get. */
  readonly dueAt: (seen: NodeViewStatus, task: 'Inspect' | 'Stage') => Millis | undefined;
  /** The first node of an earlier wave that was not asked since this version was first offered, and its wave. */
  readonly missing: (seen: NodeViewStatus, version: string) => Missing | undefined;
}

interface Missing {
  readonly node: string;
  readonly wave: string;
}

interface News {
  readonly place: number;
  readonly version: string;
  readonly at: Millis;
}

const everybody: AskedFirst = { dueAt: () => undefined, missing: () => undefined };
/** It is left to people, or runs nothing that could be updated: its wave does not wait for it. */
const leftOut: ReadonlySet<NodeViewStatus['state']> = new Set(['Held', 'Failed', 'Unsupported']);
const toUpdate: ReadonlySet<NodeViewStatus['state']> = new Set(['Outdated', 'Staging', 'Staged']);

export function askedFirst(
  spec: PolicySpec,
  policy: Pick<PolicyFacts, 'name' | 'status'>,
  { views, nodes }: Pick<Snapshot, 'views' | 'nodes'>,
  rules: OsRules,
): AskedFirst {
  const { waves = [], ignoreUnavailable } = spec.rollout;
  if (waves.length === 0) return everybody;
  const asksByStage = rules.stageIsActivation && rules.taskOptions(spec)['checkForUpdate'] !== false;
  const askedAt = ({ inspectedAt, checkedAt }: NodeViewStatus): Millis | undefined =>
    timeOf(asksByStage ? checkedAt : inspectedAt);
  const placeOf = ({ wave }: NodeViewStatus): number | undefined => {
    const place = wave === '' ? waves.length : waves.findIndex(({ name }) => name === wave);
    return wave === undefined || place < 0 ? undefined : place;
  };
  /** It runs it or something newer, or is to; or it was told of it. */
  const knows = ({ version, available, staged, target }: NodeViewStatus, wanted: string): boolean =>
    [version, available, staged, target].some(
      (one) => one !== undefined && rules.compareVersions(one, wanted) >= 0,
    );
  const offeredAt = (version: string, to: NodeViewStatus): Millis => {
    const seenAt = timeOf(policy.status.versionsSeen?.find((one) => one.version === version)?.at);
    // The status may have been lost, and with it when the first one was.
    const times = [seenAt, askedAt(to)].filter((at) => at !== undefined);
    return times.length === 0 ? 0 : Math.min(...times);
  };
  /** Nobody can ask it, and it does not matter that it is away. */
  const isIgnored = (name: string): boolean => {
    const node = nodes.get(name);
    return (
      node?.ready === false && ignoreUnavailable !== undefined && selects(ignoreUnavailable, node.labels)
    );
  };
  const isOurs = ({ name, nodeUID, status }: NodeView): boolean =>
    status.policy === policy.name && nodes.get(name)?.uid === nodeUID;

  let news: readonly News[] | undefined;
  const gather = (): readonly News[] => {
    const all = new Map<string, News>();
    for (const view of views.values()) {
      const { state, target, version } = view.status;
      const place = placeOf(view.status);
      const node = nodes.get(view.name);
      if (place === undefined || place === 0 || target === undefined || target === version) continue;
      if (!toUpdate.has(state) || !isOurs(view) || node === undefined || isUpdateNow(node)) continue;
      const key = `${place} ${target}`;
      const at = Math.max(all.get(key)?.at ?? 0, offeredAt(target, view.status));
      all.set(key, { place, version: target, at });
    }
    return [...all.values()];
  };
  const found = new Map<string, Missing | undefined>();
  const find = (place: number, version: string, at: Millis): Missing | undefined => {
    for (const view of views.values()) {
      const { status } = view;
      const before = placeOf(status);
      if (before === undefined || before >= place || !isOurs(view)) continue;
      if (leftOut.has(status.state) || isIgnored(view.name)) continue;
      if (!knows(status, version) && (askedAt(status) ?? 0) < at)
        return { node: view.name, wave: waves[before]?.name ?? '' };
    }
    return undefined;
  };
  return {
    dueAt: (seen, task) => {
      const [place, last] = [placeOf(seen), askedAt(seen)];
      if (asksByStage !== (task === 'Stage') || place === undefined || last === undefined) return undefined;
      news ??= gather();
      const unknown = news.some((one) => one.place > place && one.at > last && !knows(seen, one.version));
      return unknown ? last + askedAgain : undefined;
    },
    missing: (seen, version) => {
      const place = placeOf(seen);
      if (place === undefined || place === 0) return undefined;
      const at = offeredAt(version, seen);
      const key = `${place} ${version} ${at}`;
      if (!found.has(key)) found.set(key, find(place, version, at));
      return found.get(key);
    },
  };
}
