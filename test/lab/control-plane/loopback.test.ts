import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from 'node:net';
import type { Loopback } from './loopback.ts';
import { reserveLoopback } from './loopback.ts';

const taken: Loopback[] = [];
const reserve = async (start: number): Promise<Loopback> => {
  const loopback = await reserveLoopback(start);
  taken.push(loopback);
  return loopback;
};
afterEach(async () => {
  for (const loopback of taken.splice(0)) await loopback.release();
});

describe('reserveLoopback', () => {
  it('gives two labs different octets and different ports, wherever they begin to look', async () => {
    const [first, second] = [await reserve(200), await reserve(200)];
    expect(first.octet).not.toBe(second.octet);
    const ports = [await first.port(), await second.port(), await first.port(), await second.port()];
    expect(new Set(ports).size).toBe(4);
  });

  it('passes over a port that somebody listens on', async () => {
    const loopback = await reserve(210);
    const port = await loopback.port();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port + 1, '127.0.0.1', resolve));
    const next = await loopback.port();
    await new Promise((resolve) => other.close(resolve));
    expect(next).toBe(port + 2);
  });

  it('gives an octet back', async () => {
    const first = await reserveLoopback(220);
    await first.release();
    expect((await reserve(220)).octet).toBe(first.octet);
  });
});
