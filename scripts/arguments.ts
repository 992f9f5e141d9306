/** The command line of a script: what it was given, or how it is used. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** Ends the process where help is asked for, or where the arguments cannot be used. */
export function readArguments<T extends ParseArgsOptionsConfig>(usage: string, options: T) {
  if (process.argv.includes('--help')) {
    process.stdout.write(usage);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return endWithUsage(usage, error instanceof Error ? error.message : String(error));
  }
}

/** For arguments that cannot be used: no stack, and the exit code that says so. */
export function endWithUsage(usage: string, problem: string): never {
  process.stderr.write(`${problem}\n\n${usage}`);
  process.exit(2);
}
