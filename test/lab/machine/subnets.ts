const first = 1;
const last = 250;

/**
 * The lowest third octet that no node of the lab has.
 * @throws Error when the lab is full; beyond some forty nodes this machine would not carry them anyway.
 */
export function takeSubnet(taken: ReadonlySet<number>): number {
  for (let octet = first; octet <= last; octet++) if (!taken.has(octet)) return octet;
  throw new Error(`The lab has no room for more than ${String(last)} nodes`);
}
