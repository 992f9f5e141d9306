import type { Millis } from '../../../plan/facts.ts';

/** An RFC 3339 time as the API server writes it; undefined for what is none. */
export function millisOf(text: string | undefined): Millis | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT/.test(text)) return undefined;
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? undefined : millis;
}
