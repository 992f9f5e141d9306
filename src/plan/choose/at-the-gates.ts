/** The gates of a policy: the last question before a slot is given and before a claim, and the first while one is known to be shut. */
import type { LedgerEntry } from '../../api/policy-status.ts';
import { needsExclusive } from '../exclusive.ts';
import type { NodeFacts } from '../facts.ts';
import {
  closedGate,
  type GateObstacle,
  gateObstacle,
  type GateQuestion,
  gatesPermit,
  gatesToAsk,
  ledgerDiffers,
} from '../gates.ts';
import type { PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';
import type { Answer, Round } from './round.ts';

const asksFirst = 'its turn has come; asks the gates first';

export class AtTheGates {
  readonly #shared: PolicyCase;
  readonly #shut: string | undefined;
  readonly #permitted: boolean;
  /** A node would start but for the gates. */
  #wanted = false;

  constructor(shared: PolicyCase, entries: readonly LedgerEntry[]) {
    this.#shared = shared;
    this.#shut = closedGate(shared);
    this.#permitted = gatesPermit(shared, ledgerDiffers(shared.policy.status.claims, entries));
  }

  /** A slot may be given long before its node is staged, and nodes may have ended since then: a claim rests on answers of now. */
  holdClaims(decided: readonly Decided[]): readonly Decided[] {
    if (this.#permitted) return decided;
    return decided.map((one) => {
      const { decision } = one;
      if (!decision.steps.some((step) => step.do === 'Claim')) return one;
      this.#wanted = true;
      const steps = decision.steps.filter((step) => step.do !== 'Claim');
      return { ...one, decision: { ...decision, state: 'Staged', because: asksFirst, steps } };
    });
  }

  /** Its Pods are not looked at while it could not start anyway. */
  waitWhileShut(round: Round, node: NodeFacts): Answer | undefined {
    if (this.#shut === undefined) return undefined;
    this.#wanted ||= !round.fullFor(node);
    return { because: this.#shut };
  }

  /** The answers must be young, and later than the node before. A slot is kept for it meanwhile. */
  askFirst(round: Round, node: NodeFacts): Answer | undefined {
    if (this.#permitted) return undefined;
    this.#wanted = true;
    round.takeSlot(node);
    round.exclusiveTaken ||= needsExclusive(node, this.#shared.snapshot);
    round.looking = true;
    return { because: asksFirst };
  }

  /** Once all candidates have been gone through: whom to ask, and what to say of the gates. */
  end(round: Round): { readonly ask: readonly GateQuestion[]; readonly obstacle: GateObstacle | undefined } {
    // A node that is inspected meanwhile waits all the same.
    if (this.#shut !== undefined)
      this.#wanted ||= round.decided.some(
        ({ decision, node }) =>
          decision.isAsked === true && !round.fullFor(node) && round.waves.waitOf(node) === undefined,
      );
    const { ask, wakeAt } = gatesToAsk(this.#shared, this.#wanted);
    const shut = this.#wanted ? gateObstacle(this.#shared) : undefined;
    round.wake(wakeAt, shut?.wakeAt);
    return { ask, obstacle: shut?.obstacle };
  }
}
