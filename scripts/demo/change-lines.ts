/** The rollout as lines: one for each change of a node or of a policy's progress. */
import type { Rollout, Row } from './rollout.ts';
import { countOf, kindOf } from './rollout.ts';
import { versionText } from './version-text.ts';

export interface ChangeLines {
  /** What is to be said about the step from the last rollout that was given to this one. */
  next(rollout: Rollout): readonly string[];
}

export function createChangeLines(): ChangeLines {
  const said = new Map<string, string>();
  const isNew = (key: string, text: string): boolean => {
    const before = said.get(key);
    said.set(key, text);
    return before !== text;
  };
  return {
    next: (rollout) => [
      ...rollout.rows.flatMap((row) => {
        const line = `${row.node} ${row.state} ${versionText(row, true)}: ${row.because}${shareOf(row, rollout)}`;
        const changed = isNew(row.node, `${row.state} ${row.version} ${row.because}`);
        // Until the operator has looked at it there is nothing to tell.
        return changed && row.since !== undefined ? [line] : [];
      }),
      // What keeps a policy waiting is told by its nodes' own lines.
      ...rollout.policies.flatMap(({ name, progress, message }) =>
        isNew(`policy ${name}`, progress) && progress !== ''
          ? [`policy ${name} ${progress}: ${message}`]
          : [],
      ),
    ],
  };
}

function shareOf(row: Row, rollout: Rollout): string {
  if (kindOf(row) !== 'Done') return '';
  return ` (${String(countOf(rollout, 'Done'))}/${String(rollout.rows.length)} updated)`;
}
