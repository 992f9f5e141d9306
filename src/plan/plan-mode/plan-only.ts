/** Mode Plan: the whole plan, told and not carried out. */
import type { PlannedNode } from '../../api/policy-status.ts';
import { inOrder } from '../choose/order.ts';
import { type Forecast, forecastOf } from '../estimate/forecast.ts';
import { isWaiting } from '../estimate/is-waiting.ts';
import type { Millis } from '../facts.ts';
import type { PolicyCase } from '../node-case.ts';
import type { OutlookInput } from '../outlook.ts';
import { type Decided, isSupported } from '../owned-nodes.ts';
import { sayTime, timeOf } from '../text.ts';
import { obstaclesOf } from './obstacles.ts';
import { neverText } from './never.ts';
import { rowOf } from './row.ts';

/** So many nodes are listed. */
const most = 200;

export interface PlanOnly {
  /** Each node says its place. */
  readonly decided: readonly Decided[];
  /** In the order in which nodes would be started. */
  readonly rows: readonly PlannedNode[];
  readonly forecast: Forecast;
  /** What the policy's message adds, with the end that its status shows. */
  readonly tell: (estimate: string | undefined) => string;
  readonly wakeAt: Millis | undefined;
}

export function planOnly(input: Omit<OutlookInput, 'halt'>): PlanOnly {
  const { shared, waves, decided } = input;
  const waiting = inOrder(
    shared,
    waves,
    decided.filter((one) => isWaiting(one, shared)),
  );
  const { because, looks, wakeAt } = obstaclesOf(shared, waiting);
  const refused = new Set(because.keys());
  const forecast = forecastOf({ ...input, refused });
  const inTurn = inTurnOf(waiting, forecast, refused);
  const never = neverText(input, forecast, because);
  const places = new Map(inTurn.slice(0, most).map(({ node }, index) => [node.uid, index + 1]));
  const settled = decided.every((one) => !isUnknownYet(one, shared));
  return {
    decided: decided.map((one) => {
      const { decision, node } = one;
      const place = settled ? places.get(node.uid) : undefined;
      const look = looks.get(node.name);
      if (place === undefined && look === undefined) return one;
      const told =
        place === undefined
          ? decision.because
          : `${decision.because}; ${placeText(place, inTurn.length, because.get(node.name))}`;
      const steps = look === undefined ? decision.steps : [...decision.steps, look];
      return { ...one, decision: { ...decision, because: told, steps } };
    }),
    rows: inTurn.slice(0, most).map((one) => {
      const { name } = one.node;
      return rowOf(one, forecast.starts.get(name), because.get(name) ?? never(one));
    }),
    forecast,
    tell: (estimate) => tell(inTurn, because, estimate),
    wakeAt,
  };
}

/** By when they would be started; those without a time come last, of these in each wave those whose drain could not begin. */
function inTurnOf(
  waiting: readonly Decided[],
  { starts }: Forecast,
  refused: ReadonlySet<string>,
): readonly Decided[] {
  const timed = waiting.filter(({ node }) => starts.has(node.name) && !refused.has(node.name));
  const others = waiting.filter(({ node }) => !starts.has(node.name) || refused.has(node.name));
  const at = ({ node }: Decided): number => starts.get(node.name)?.at ?? 0;
  return [...timed.toSorted((a, b) => at(a) - at(b)), ...others];
}

/** It will be inspected in a moment: places that are told now would be told anew with each answer. */
const isUnknownYet = (one: Decided, { snapshot }: PolicyCase): boolean =>
  isSupported(one) &&
  one.node.ready &&
  one.decision.state === 'Unknown' &&
  one.decision.behind === undefined &&
  !snapshot.taskMemory.has(one.node.uid);

function placeText(place: number, of: number, obstacle: string | undefined): string {
  const text = of === 1 ? 'it would be the only one' : `it would be number ${place} of ${of}`;
  return obstacle === undefined ? text : `${text}, and is blocked: ${obstacle}`;
}

function tell(
  inTurn: readonly Decided[],
  obstacles: ReadonlyMap<string, string>,
  estimate: string | undefined,
): string {
  const end = timeOf(estimate);
  const done = end === undefined ? '' : `, done by about ${sayTime(end)}`;
  const [blocked, ...others] = inTurn.filter(({ node }) => obstacles.has(node.name));
  if (blocked === undefined) return done;
  const { name } = blocked.node;
  const more = others.length === 0 ? '' : `; ${others.length} more would be blocked`;
  return `${done}; ${name} would be blocked: ${obstacles.get(name) ?? ''}${more}`;
}
