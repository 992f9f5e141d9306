/** A task whose options its adapter does not know does nothing. */
import type { z } from 'zod';

export const badOptionsText = {
  says: ['Its options cannot be used: …'],
  means:
    'The task was given options that it does not know: operator and task image are of different versions.',
  todo: "Give both the same image: see `image` in the chart's values.",
} as const;

export function badOptions({ issues }: z.ZodError): {
  readonly outcome: 'Failed';
  readonly reason: 'BadOptions';
  readonly message: string;
} {
  const [issue] = issues;
  const where = issue?.path.join('.') ?? '';
  return {
    outcome: 'Failed',
    reason: 'BadOptions',
    message: `Its options cannot be used: ${where}: ${issue?.message ?? 'invalid'}.`,
  };
}
