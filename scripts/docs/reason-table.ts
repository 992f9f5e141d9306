/** A table of reasons in Markdown, by name: that is how a person looks one up. */
import type { ReasonTexts } from '../../src/plan/reason-text.ts';

export function reasonTable(texts: ReasonTexts): string {
  const rows = Object.entries(texts)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, { says, means, todo }]) => [`\`${reason}\``, says.join('<br>'), means, todo]);
  return [['reason', 'you read', 'it means', 'what to do'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}
