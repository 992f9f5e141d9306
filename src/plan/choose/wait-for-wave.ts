/** Candidates whose wave has not begun. */
import type { NodeFacts } from '../facts.ts';
import { notReady } from '../holdback.ts';
import type { Decided } from '../owned-nodes.ts';
import { updating } from '../story.ts';
import { sayTime } from '../text.ts';
import type { Answer, Round } from './round.ts';

export function waitForWave(
  round: Round,
  node: NodeFacts,
  /** What candidates of the waves before it were told in this pass. */
  answers: ReadonlyMap<string, Answer>,
): Answer | undefined {
  const wait = round.waves.waitOf(node);
  if (wait === undefined) return undefined;
  if (wait.kind === 'NotNoted')
    return {
      because:
        wait.node.uid === node.uid ? 'notes its wave first' : `the wave of ${wait.node.name} is noted first`,
    };
  if (wait.kind === 'Soak') {
    round.wake(wait.until);
    return { because: `waits until ${sayTime(wait.until)}: wave ${wait.wave} soaks` };
  }
  const text = `waits for wave ${wait.wave}`;
  return { because: round.inFull(text, () => text + tell(wait.open, answers)) };
}

/** `: n3 is Draining`; of a node that does not move, why. */
function tell(open: readonly Decided[], answers: ReadonlyMap<string, Answer>): string {
  const one = open.find(({ decision }) => updating.has(decision.state)) ?? open[0];
  return one === undefined ? '' : `: ${tellOne(one, answers)}`;
}

function tellOne({ node, decision }: Decided, answers: ReadonlyMap<string, Answer>): string {
  const { state } = decision;
  if (updating.has(state)) return `${node.name} is ${state}`;
  const because = answers.get(node.uid)?.because ?? decision.because;
  if (state === 'UpToDate' && !node.ready) return `${node.name}: ${notReady({ node })}`;
  // A COS node is up to date as far as is known, until it is asked.
  return state === 'UpToDate' ? `${node.name}: ${because}` : `${node.name} is ${state}: ${because}`;
}
