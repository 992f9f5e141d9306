/** A staged candidate's Pods: whether its drain could begin, by the last look at them, and when to look again. */
import type { NodeFacts } from '../facts.ts';
import type { Decided } from '../owned-nodes.ts';
import { judgePreview, type PreviewVerdict } from '../preview.ts';
import { freshPreview } from '../reserved.ts';
import type { Preview } from '../snapshot.ts';
import type { Step } from '../step.ts';
import type { Answer, Round } from './round.ts';

/** A refused candidate's Pods are listed again after so long, should no budget have changed before. */
const previewAgain = 60_000;

export interface Looked {
  readonly preview: Preview;
  readonly verdict: PreviewVerdict;
  /** Young enough to claim by. */
  readonly fresh: boolean;
}

/** What the last look came to, beside everything that others have spoken for. */
export function lastLook(round: Round, { node }: Decided): Looked | undefined {
  const { snapshot, spec } = round.shared;
  const preview = snapshot.previews.get(node.name);
  if (preview?.nodeUID !== node.uid) return undefined;
  const verdict = judgePreview(preview.pods, spec.drain, snapshot, round.spokenFor(node.name));
  return { preview, verdict, fresh: freshPreview({ snapshot, node }) !== undefined };
}

export function refuse(round: Round, { node }: Decided, { at }: Preview, because: string): Answer {
  const { snapshot } = round.shared;
  const { now, settings } = snapshot;
  round.refused.add(node.uid);
  const since = snapshot.refusedSince.get(node.uid);
  const impossibleAt = since === undefined ? undefined : since + settings.drainImpossibleAfter;
  const again = at + previewAgain;
  const stale = now >= again && round.takeLook();
  round.wake(stale ? undefined : again, impossibleAt);
  return {
    because,
    reason: impossibleAt !== undefined && now >= impossibleAt ? 'DrainImpossible' : 'DrainBlocked',
    ...(stale ? { step: lookStep(node, 'its pods may have changed') } : {}),
  };
}

export const lookStep = ({ name, uid }: NodeFacts, because: string): Step => ({
  node: name,
  nodeUID: uid,
  do: 'Preview',
  because,
});
