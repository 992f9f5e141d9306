/** What keeps every node of a policy from being started. */
import { millisToDuration } from '../api/duration.ts';
import type { LedgerEntry } from '../api/policy-status.ts';
import { hooksUnheard } from './hooks.ts';
import type { PolicyCase } from './node-case.ts';
import type { Decided } from './owned-nodes.ts';
import { unseenDrain } from './spoken-for.ts';

export function blockedForAll(
  { snapshot, spec }: PolicyCase,
  decided: readonly Decided[],
  entries: readonly LedgerEntry[],
): string | undefined {
  const silence = snapshot.now - snapshot.nodesHeard;
  if (silence > snapshot.settings.watchSilence)
    return `the watch on nodes has been silent for more than ${millisToDuration(snapshot.settings.watchSilence)}`;
  const hooks = hooksUnheard(spec, snapshot);
  if (hooks !== undefined) return hooks.because;
  const unknown = decided.find(
    ({ reading, node }) => reading.kind === 'Claim' && !entries.some(({ nodeUID }) => nodeUID === node.uid),
  );
  if (unknown !== undefined) return `waits until the claim found on ${unknown.node.name} is settled`;
  return unseenDrain(snapshot);
}
