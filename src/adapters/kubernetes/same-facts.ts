/** Whether two objects tell the same, apart from the resourceVersion at their top: a heartbeat changes nothing else. */
export function sameFacts(a: object, b: object): boolean {
  return sameEntries(a, b, 'resourceVersion');
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return Array.isArray(a) === Array.isArray(b) && sameEntries(a, b, undefined);
}

function sameEntries(a: object, b: object, but: string | undefined): boolean {
  const left = Object.entries(a);
  if (left.length !== Object.keys(b).length) return false;
  return left.every(
    ([key, value]) => key === but || (Object.hasOwn(b, key) && same(value, Reflect.get(b, key))),
  );
}
