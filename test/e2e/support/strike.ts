/** Does something to an operator at one exact point of its work. */
import type { Call, Verdict } from './fault-proxy.ts';
import type { OperatorProcess } from './operator-process.ts';
import type { Seen, StepReader } from './rollout-steps.ts';

export interface Point {
  readonly step: Seen['step'];
  /** Before: what it asks for has not reached the server. After: it is done, and the operator does not know. */
  readonly side: 'Before' | 'After';
  /** Nodes whose step it is not. */
  readonly spare: readonly string[];
}

export interface Blow {
  readonly act: () => Promise<void>;
  /** What becomes then of the piece that was held; `Cut` unless told. */
  readonly verdict?: () => Promise<Verdict> | Verdict;
  /** `Cut` (default): from the blow on nothing else passes between the operator and the server. */
  readonly others?: Verdict;
}

export interface Struck {
  readonly point: Point;
  /** The node whose step it was. */
  readonly node: string;
  /** What was held, or the watch that told. */
  readonly call: Call;
}

type Hit = Pick<Struck, 'point' | 'node'>;

/** What an operator needs to make of an event that was let through, in milliseconds. */
const digestMs = 150;

export const strike = (
  operator: OperatorProcess,
  reader: StepReader,
  point: Point,
  blow: Blow,
): Promise<Struck> => strikeFirst(operator, reader, [point], blow);

/** Strikes at whichever of the points comes first. Resolves when the blow has been dealt. Until then what it strikes is held. */
export function strikeFirst(
  { proxy }: OperatorProcess,
  reader: StepReader,
  points: readonly Point[],
  blow: Blow,
): Promise<Struck> {
  const { promise, resolve, reject } = Promise.withResolvers<Struck>();
  let struck: Promise<void> | undefined;
  const hit = (seen: readonly Seen[], side?: Point['side']): Hit | undefined => {
    if (struck !== undefined) return undefined;
    for (const point of points.filter((one) => side === undefined || one.side === side)) {
      const found = seen.find(({ step, node }) => step === point.step && !point.spare.includes(node));
      if (found !== undefined) return { point, node: found.node };
    }
    return undefined;
  };
  const deal = async (found: Hit, call: Call): Promise<Verdict> => {
    struck = blow.act();
    try {
      await struck;
      resolve({ ...found, call });
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
    return (await blow.verdict?.()) ?? 'Cut';
  };
  const other = async (): Promise<Verdict> => {
    if (struck === undefined || blow.others === 'Pass') return 'Pass';
    await struck;
    return 'Cut';
  };
  proxy.use({
    request: (call) => {
      const found = hit(reader.asks(call), 'Before');
      return found === undefined ? other() : deal(found, call);
    },
    answer: (call) => {
      const found = hit(succeeded(call) ? reader.asks(call) : [], 'After');
      return found === undefined ? other() : deal(found, call);
    },
    event: (call, event) => {
      const found = hit(reader.tells(event));
      if (found === undefined) return other();
      if (found.point.side === 'Before') return deal(found, call);
      const digested = Promise.withResolvers<void>();
      struck = digested.promise;
      setTimeout(() => void deal(found, call).then(() => digested.resolve()), digestMs);
      return 'Pass';
    },
  });
  return promise;
}

const succeeded = ({ status }: Call): boolean => status !== undefined && status < 300;
