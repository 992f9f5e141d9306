/** Does something to an operator at one exact point of its work. */
import type { Hooks, Verdict } from './fault-proxy.ts';
import { isWatch } from './fault-proxy.ts';
import type { OperatorProcess } from './operator-process.ts';
import type { Seen, StepNumber, StepReader } from './rollout-steps.ts';

export interface Point {
  readonly step: StepNumber;
  /** Before: what it asks for has not reached the server. After: it is done, and the operator does not know. */
  readonly side: 'Before' | 'After';
  /** Which node's step it is, in the order in which they come to it: 1 is the first. */
  readonly nth: number;
}

export interface Blow {
  readonly act: (node: string) => Promise<void>;
  /** What becomes then of the piece that was held; `Cut` unless told. */
  readonly then?: () => Promise<Verdict> | Verdict;
  /** `Cut` (default): from the blow on nothing else passes between the operator and the server. */
  readonly others?: Verdict;
}

/** What an operator needs to make of an event that was let through, in milliseconds. */
const digestMs = 150;

/** Only notes what is carried out. */
export function follow({ proxy }: OperatorProcess, reader: StepReader): void {
  proxy.use(hooksFor(reader));
}

/** Resolves with the node's name when the blow has been dealt. Until then what it strikes is held. */
export function strike(
  { proxy }: OperatorProcess,
  reader: StepReader,
  point: Point,
  blow: Blow,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const nodes: string[] = [];
    let struck: Promise<void> | undefined;
    const hit = (seen: readonly Seen[]): string | undefined => {
      const here = seen.filter(({ step }) => step === point.step).map(({ node }) => node);
      nodes.push(...here.filter((node) => !nodes.includes(node)));
      const node = nodes[point.nth - 1];
      return node !== undefined && here.includes(node) && struck === undefined ? node : undefined;
    };
    const deal = async (node: string): Promise<Verdict> => {
      struck = blow.act(node);
      try {
        await struck;
        resolve(node);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      return (await blow.then?.()) ?? 'Cut';
    };
    const held = async (): Promise<Verdict> => {
      if (blow.others === 'Pass') return 'Pass';
      await struck;
      return 'Cut';
    };
    const before = point.side === 'Before';
    const base = hooksFor(reader);
    proxy.use({
      request: (call) => {
        if (struck !== undefined) return held();
        const node = hit(before ? reader.asks(call) : []);
        return node === undefined ? 'Pass' : deal(node);
      },
      answer: (call, body) => {
        // What it means depends on what was done before it.
        const node = !before && ok(call.status) ? hit(reader.asks(call)) : undefined;
        void base.answer?.(call, body);
        return node === undefined ? (struck === undefined ? 'Pass' : held()) : deal(node);
      },
      event: (_call, event) => {
        if (struck !== undefined) return held();
        const node = hit(reader.tells(event));
        if (node === undefined) return 'Pass';
        if (before) return deal(node);
        const soon = Promise.withResolvers<void>();
        struck = soon.promise;
        setTimeout(() => void deal(node).then(() => soon.resolve()), digestMs);
        return 'Pass';
      },
    });
  });
}

const ok = (status: number | undefined): boolean => status !== undefined && status < 300;

function hooksFor(reader: StepReader): Hooks {
  return {
    answer: (call) => {
      if (ok(call.status) && !isWatch(call)) reader.done(call);
      return 'Pass';
    },
  };
}
