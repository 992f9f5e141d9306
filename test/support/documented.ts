/** Whether people find a reason, and the sentence beside it, in the tables that docs/hosts.md is made of. */
import type { ReasonTexts } from '../../src/plan/reason-text.ts';

/** Throws an Error that says what to add. */
export function assertDocumented(reason: string, sentence: string, tables: readonly ReasonTexts[]): void {
  const texts = tables.flatMap((table) => {
    const text = Object.hasOwn(table, reason) ? table[reason] : undefined;
    return text === undefined ? [] : [text];
  });
  if (texts.length === 0) throw new Error(`No table of reasons has ${reason}`);
  if (texts.some(({ says }) => says.some((form) => matches(form, sentence)))) return;
  throw new Error(`The table of reasons has no such sentence for ${reason}: ${sentence}`);
}

/** The form is how the sentence begins. */
function matches(form: string, sentence: string): boolean {
  const parts = form.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('[^]*')}`).test(sentence);
}
