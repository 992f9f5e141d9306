import { describe, expect, it } from '@jest/globals';
import { checkOrder } from '../../src/node-task/guard.ts';
import { taskReasons } from '../../src/ports/task-reasons.ts';
import { assertDocumented } from '../support/documented.ts';

const order = { bootID: 'boot-1', notAfter: '2026-03-01T12:02:00Z' };
const at = (time: string, bootID = 'boot-1') => ({
  readBootID: async () => bootID,
  now: () => Date.parse(time),
});

/** The refusal, which people find in docs/hosts.md. */
async function tellsDocumented(...given: Parameters<typeof checkOrder>): ReturnType<typeof checkOrder> {
  const refusal = await checkOrder(...given);
  assertDocumented(refusal?.reason ?? '', refusal?.message ?? '', [taskReasons]);
  return refusal;
}

describe('checkOrder', () => {
  it.each(['2026-03-01T11:59:00Z', '2026-03-01T12:00:00Z', '2026-03-01T12:02:00Z'])(
    'lets the ordered boot be ended at %s',
    async (time) => {
      expect(await checkOrder(order, at(time))).toBeUndefined();
    },
  );

  it('refuses another boot, and names both', async () => {
    expect(await tellsDocumented(order, at('2026-03-01T12:00:00Z', 'boot-2'))).toEqual({
      outcome: 'Failed',
      reason: 'WrongBoot',
      message: 'The reboot was ordered for boot boot-1, this is boot boot-2.',
    });
  });

  it('refuses a late reboot, and names both times', async () => {
    expect(await tellsDocumented(order, at('2026-03-01T12:02:00.001Z'))).toEqual({
      outcome: 'Failed',
      reason: 'OrderVoid',
      message:
        "The reboot was ordered for no later than 2026-03-01T12:02:00Z, the host's clock says 2026-03-01T12:02:00.001Z.",
    });
  });

  it('compares times across offsets', async () => {
    const shifted = { ...order, notAfter: '2026-03-01T14:02:00+02:00' };
    expect(await checkOrder(shifted, at('2026-03-01T12:01:59Z'))).toBeUndefined();
    expect(await checkOrder(shifted, at('2026-03-01T12:02:01Z'))).toHaveProperty('reason', 'OrderVoid');
  });

  it('refuses without an order, and with a boot id that cannot be read', async () => {
    expect(await tellsDocumented(undefined, at('2026-03-01T12:00:00Z'))).toMatchObject({
      outcome: 'Failed',
      reason: 'OrderMissing',
    });
    const unreadable = {
      ...at('2026-03-01T12:00:00Z'),
      readBootID: () => Promise.reject(new Error('EACCES')),
    };
    expect(await tellsDocumented(order, unreadable)).toMatchObject({
      outcome: 'Failed',
      reason: 'BootIDUnreadable',
      message: expect.stringContaining('EACCES'),
    });
  });

  it('reads the clock after the boot id, which may take its time', async () => {
    let now = Date.parse('2026-03-01T12:01:59Z');
    const slow = {
      readBootID: async () => {
        now += 10_000;
        return 'boot-1';
      },
      now: () => now,
    };
    expect(await checkOrder(order, slow)).toHaveProperty('reason', 'OrderVoid');
  });
});
