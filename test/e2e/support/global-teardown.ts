/** Ends the shared lab, after the recorder has judged what all scenes together did to it. */
import type { Lab } from '../../lab/lab.ts';
import type { Recording } from '../../recorder/record.ts';
import { formatViolation } from '../../recorder/violation.ts';

export default async function teardown(): Promise<void> {
  const { sceneLab, sceneRecording } = globalThis as { sceneLab?: Lab; sceneRecording?: Recording };
  try {
    const violations = (await sceneRecording?.stop()) ?? [];
    if (violations.length === 0) return;
    const list = violations.map((violation) => formatViolation(violation)).join('\n\n');
    throw new Error(`The scenes broke ${violations.length} invariants:\n${list}`);
  } finally {
    await sceneLab?.stop();
  }
}
