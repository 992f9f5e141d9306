/** In mode Plan: which drains could not begin, by the Pods of the nodes that come first. Their lists are taken again now and then. */
import type { Millis } from '../facts.ts';
import type { PolicyCase } from '../node-case.ts';
import type { Decided } from '../owned-nodes.ts';
import { judgePreview } from '../preview.ts';
import type { Preview } from '../snapshot.ts';
import type { Step } from '../step.ts';
import { earliest } from '../text.ts';

/** The Pods of so many nodes are looked at. */
const first = 20;
const again = 600_000;
/** Lists begun in one pass. */
const atOnce = 3;

export interface Obstacles {
  /** By node name: why its drain could not begin. */
  readonly because: ReadonlyMap<string, string>;
  /** By node name. */
  readonly looks: ReadonlyMap<string, Step>;
  readonly wakeAt: Millis | undefined;
}

export function obstaclesOf(shared: PolicyCase, inTurn: readonly Decided[]): Obstacles {
  const { snapshot, spec } = shared;
  const because = new Map<string, string>();
  const looks = new Map<string, Step>();
  let wakeAt: Millis | undefined;
  for (const { node } of inTurn.slice(0, first)) {
    const preview = lastOf(shared, node);
    const due = preview === undefined ? snapshot.now : preview.at + again;
    if (due > snapshot.now) wakeAt = earliest(wakeAt, due);
    else if (looks.size < atOnce)
      looks.set(node.name, {
        do: 'Preview',
        node: node.name,
        nodeUID: node.uid,
        because: 'mode is Plan: looks whether it could be drained',
      });
    if (preview === undefined) continue;
    const verdict = judgePreview(preview.pods, spec.drain, snapshot, shared.spokenFor(node.name));
    if (verdict.kind === 'Refused') because.set(node.name, verdict.because);
  }
  return { because, looks, wakeAt };
}

function lastOf({ snapshot }: PolicyCase, { name, uid }: Decided['node']): Preview | undefined {
  const preview = snapshot.previews.get(name);
  return preview?.nodeUID === uid ? preview : undefined;
}
