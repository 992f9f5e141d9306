/** What answers the gates of policies: one state for each query, changed by people, told with some delay. */
import type { GateSource } from '../../src/ports/gates.ts';
import type { Random } from './random.ts';
import type { GateState } from './scenario.ts';
import type { Owner, VirtualTime } from './virtual-time.ts';

/** An answer that a process was given. */
export interface GateAnswer {
  readonly query: string;
  readonly by: string;
  readonly askedAt: number;
  readonly state: GateState;
}

export class Gates {
  readonly #time: VirtualTime;
  readonly #random: Random;
  readonly #states = new Map<string, { readonly state: GateState; readonly since: number }>();
  readonly answers: GateAnswer[] = [];

  constructor(time: VirtualTime, random: Random) {
    this.#time = time;
    this.#random = random;
  }

  set(query: string, state: GateState): void {
    const before = this.stateOf(query);
    const open = state === 'Open';
    const since = open === (before.state === 'Open') ? before.since : this.#time.now;
    this.#states.set(query, { state, since });
  }

  /** `since`: when it opened or was shut. */
  stateOf(query: string): { readonly state: GateState; readonly since: number } {
    return this.#states.get(query) ?? { state: 'Open', since: Number.NEGATIVE_INFINITY };
  }

  openAll(): void {
    for (const query of this.#states.keys()) this.set(query, 'Open');
  }

  sourceFor(by: string, owner: Owner): GateSource {
    return {
      evaluate: ({ query }) => {
        const askedAt = this.#time.now;
        return new Promise((resolve) => {
          this.#time.after(
            this.#random.int(5, 400),
            () => {
              const { state } = this.stateOf(query);
              this.answers.push({ query, by, askedAt, state });
              resolve({ state, because: texts[state] });
            },
            owner,
          );
        });
      },
    };
  }
}

const texts: Readonly<Record<GateState, string>> = {
  Open: 'the query finds nothing',
  Closed: 'the query finds {alertname="Burning"}',
  Unknown: 'connection refused by http://prometheus',
};
