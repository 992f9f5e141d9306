/** JSON lines with the keys that Kubernetes controllers use. Messages are constant; what varies goes into fields. */
import { pino, stdTimeFunctions } from 'pino';
import type { DestinationStream, Logger } from 'pino';

export type { Logger };

export const logLevels = ['trace', 'debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Standard output unless told. */
  readonly destination?: DestinationStream;
}

export function createLog({ level, destination }: LogOptions): Logger {
  const options = {
    level,
    // No process id and host name: a Pod's log carries its own.
    base: null,
    messageKey: 'msg',
    errorKey: 'err',
    timestamp: () => stdTimeFunctions.isoTime().replace('"time"', '"ts"'),
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** A log of one part of the program: each line carries its name as `logger`. */
export function logOf(log: Logger, name: string): Logger {
  return log.child({ logger: name });
}
