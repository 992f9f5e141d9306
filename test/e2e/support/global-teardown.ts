/** Ends the shared lab, after it was judged what all scenes together did to it and which rights they used. */
import type { Lab } from '../../lab/lab.ts';
import type { Recording } from '../../recorder/record.ts';
import { formatViolation } from '../../recorder/violation.ts';
import { rightsThatNobodyUsed } from './rights.ts';

/** What jest says of a run, as far as it is read here. */
interface Run {
  readonly testPathPatterns: { readonly patterns: readonly string[] };
  readonly testNamePattern?: string;
}

/** Some scenes only, named on the command line, need not use every right. */
const isWhole = ({ testPathPatterns, testNamePattern }: Run): boolean =>
  testPathPatterns.patterns.length === 0 && (testNamePattern ?? '') === '';

export default async function teardown(run: Run): Promise<void> {
  const { sceneLab, sceneRecording } = globalThis as { sceneLab?: Lab; sceneRecording?: Recording };
  try {
    const violations = (await sceneRecording?.stop()) ?? [];
    if (violations.length > 0) {
      const list = violations.map((violation) => formatViolation(violation)).join('\n\n');
      throw new Error(`The scenes broke ${violations.length} invariants:\n${list}`);
    }
    const unused = sceneLab === undefined || !isWhole(run) ? [] : await rightsThatNobodyUsed(sceneLab);
    if (unused.length > 0) throw new Error(`S14: rights that no scene used: ${unused.join(', ')}`);
  } finally {
    await sceneLab?.stop();
  }
}
