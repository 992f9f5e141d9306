import { describe, expect, it } from '@jest/globals';
import { createLog, logOf } from '../../src/telemetry/log.ts';
import type { LogLevel } from '../../src/telemetry/log.ts';

function logging(level: LogLevel = 'info'): {
  readonly log: ReturnType<typeof createLog>;
  readonly lines: () => unknown[];
} {
  const written: string[] = [];
  const log = createLog({ level, destination: { write: (line) => void written.push(line) } });
  return { log, lines: () => written.map((line): unknown => JSON.parse(line)) };
}

describe('a log line', () => {
  it('has the keys that controllers use, and nothing of the machine', () => {
    const { log, lines } = logging();
    logOf(log, 'controller').info({ policy: 'p' }, 'Claimed a node');
    expect(lines()).toEqual([
      {
        level: 'info',
        ts: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
        logger: 'controller',
        policy: 'p',
        msg: 'Claimed a node',
      },
    ]);
  });

  it('shows an error with its cause', () => {
    const { log, lines } = logging();
    log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'Failed');
    expect(lines()[0]).toMatchObject({
      level: 'error',
      err: { type: 'Error', message: expect.stringContaining('inner'), stack: expect.any(String) },
    });
  });

  it('below the level is not written', () => {
    const { log, lines } = logging('warn');
    log.info('Quiet');
    log.warn('Loud');
    expect(lines()).toHaveLength(1);
  });
});
