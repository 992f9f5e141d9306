/** `3` or `25%` of so many nodes: rounded down, but at least one. */
export function resolveCount(value: number | string, total: number): number {
  if (typeof value === 'number') return value;
  const share = Number(value.replace('%', '')) / 100;
  // 0.29 * 100 is a little less than 29 to a computer.
  return Math.max(1, Math.floor(share * total + 1e-9));
}
