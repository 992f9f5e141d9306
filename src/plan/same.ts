/** Whether two plain values say the same, whatever the order of their keys: nothing is written that changes nothing. */

const stable = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );

export const same = (a: unknown, b: unknown): boolean => stable(a) === stable(b);
