/**
 * Whether two plain values (what JSON can hold) say the same, whatever the order of their keys: nothing is written that changes
 * nothing. Asked for every node in every pass, so it walks and does not build texts. A key whose value is undefined is absent.
 */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => same(item, b[index]));
  return !Array.isArray(b) && covers(a, b) && covers(b, a, false);
}

/** Every key of `a` is in `b`, with the same value where `deep`. */
function covers(a: object, b: object, deep = true): boolean {
  for (const key of Object.keys(a)) {
    const value: unknown = Reflect.get(a, key);
    if (value === undefined) continue;
    const other: unknown = Reflect.get(b, key);
    if (deep ? !same(value, other) : other === undefined) return false;
  }
  return true;
}
