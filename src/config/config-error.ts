/** What is wrong with the configuration, in words for who wrote it. */
import type { z } from 'zod';

/** `problems` has one line for each: what is meant, the value, and what is accepted. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** One line an issue; values show where the schema was asked to report them. */
export function problemsOf(error: z.ZodError): string[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => `${[...issue.path, key].join('.')}: ${issue.message}`);
    }
    const value = issue.input === undefined ? '' : `${JSON.stringify(issue.input)} `;
    return [`${issue.path.join('.')}: ${value}${issue.message}`];
  });
}
