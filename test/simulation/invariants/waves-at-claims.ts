/** No node is cordoned for a version before the waves ahead of its own were asked about it: by what the views and the policy say. */
import { osAdapters } from '../../../src/adapters/os/index.ts';
import { updateNowKey } from '../../../src/api/keys.ts';
import type { NodeViewStatus } from '../../../src/api/container-os-node.ts';
import type { Change } from '../cluster-state.ts';
import { claimOf, isOperator, ownedNodes } from '../invariants.ts';
import type { World } from '../world.ts';

/** From the plan until its request takes effect. */
const onItsWay = 3000;

export function watchWavesAtClaims(world: World): void {
  const { state, time, fail } = world;
  state.onChange(({ kind, ...change }) => {
    if (kind !== 'nodes') return;
    const { before, after, by } = change as Change<'nodes'>;
    const claim = claimOf(after);
    if (before === undefined || claim === undefined || claimOf(before) !== undefined || !isOperator(by))
      return;
    const policy = world.claimsSent.get(claim.attempt)?.policy;
    if (policy === undefined || 'invalid' in policy.spec || updateNowKey in before.annotations) return;
    const { waves = [] } = policy.spec.rollout;
    const viewOf = (node: string): NodeViewStatus => state.get('views', node)?.status ?? {};
    const placeOf = ({ wave, policy: owner }: NodeViewStatus): number => {
      const place = waves.findIndex(({ name }) => name === wave);
      return owner === policy.name && wave !== undefined && place >= 0 ? place : waves.length;
    };
    const rules = osAdapters[claim.os];
    const byStage = rules.stageIsActivation && rules.taskOptions(policy.spec)['checkForUpdate'] !== false;
    const firstAt = policy.status.versionsSeen?.find(({ version }) => version === claim.target)?.at;
    if (firstAt === undefined || claim.target === '') return;
    const nodes = new Map(state.all('nodes').map((node) => [node.name, node]));
    for (const other of ownedNodes(nodes, policy, state.all('policies'))) {
      const view = viewOf(other.name);
      if (placeOf(view) >= placeOf(viewOf(before.name))) continue;
      if (['Held', 'Failed', 'Unsupported'].includes(view.state ?? '')) continue;
      const known = [view.version, view.available, view.staged];
      if (known.some((one) => one !== undefined && rules.compareVersions(one, claim.target) >= 0)) continue;
      const askedAt = Date.parse((byStage ? view.checkedAt : view.inspectedAt) ?? '') || 0;
      // What was learned since the plan was made.
      if (askedAt < Date.parse(firstAt) && time.now - Date.parse(firstAt) > onItsWay)
        return fail(
          `W4: ${before.name} was cordoned for ${claim.target}, of which ${other.name} of an earlier wave was not asked`,
        );
    }
  });
}
