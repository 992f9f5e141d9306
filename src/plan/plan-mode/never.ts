/** In mode Plan: why a node would never have its turn. */
import type { Forecast } from '../estimate/forecast.ts';
import type { OutlookInput } from '../outlook.ts';
import { type Decided, isSupported } from '../owned-nodes.ts';
import { listed } from '../text.ts';
import { Zones } from '../zones.ts';

type NeverInput = Pick<OutlookInput, 'shared' | 'waves' | 'decided' | 'budget' | 'entries'>;

export function neverText(
  { shared, waves, decided, budget, entries }: NeverInput,
  { never, heldUpBy }: Forecast,
  /** By node name: why its drain could not begin. */
  obstacles: ReadonlyMap<string, string>,
): (one: Decided) => string | undefined {
  if (never.size === 0) return () => undefined;
  const supported = decided.filter((one) => isSupported(one)).map(({ node }) => node);
  const zones = new Zones(shared.spec, [...supported, ...shared.orphaned], budget, entries);
  const stuck = decided.filter((one) => one === heldUpBy || ofItself(one));
  const [first] = stuck.toSorted((a, b) => waves.placeOf(a.node) - waves.placeOf(b.node));
  return textOf;

  function ofItself({ node }: Decided): boolean {
    const why = never.get(node.name);
    return why !== undefined && why !== 'Wave';
  }

  function textOf(one: Decided): string | undefined {
    switch (never.get(one.node.name)) {
      case undefined:
        return undefined;
      case 'Slot': {
        const others = budget.others.map(({ name, why }) => `${name}, ${why}`);
        const by = others.length === 0 ? '' : ` by ${listed(others)}`;
        return `would wait for a slot of rollout.maxUnavailable: all are used${by}`;
      }
      case 'Group': {
        const zone = zones.full(one.node);
        return zone === undefined
          ? 'would wait for a place in its zone'
          : `would wait for its zone: the budget of ${zone.title} is used by ${zone.usedBy}`;
      }
      case 'Window':
        return 'would wait for a window of spec.schedule, and none that comes is long enough for it';
      case 'Wave':
        return first === undefined ? 'would wait for the wave before' : waveText(first);
    }
  }

  function waveText(one: Decided): string {
    const { node, decision } = one;
    const why = obstacles.get(node.name) ?? (ofItself(one) ? textOf(one) : undefined) ?? decision.because;
    return `would wait for wave ${decision.seen.wave ?? ''}: ${node.name} is ${decision.state}: ${why}`;
  }
}
