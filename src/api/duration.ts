/** A Go-style duration as users write it: `30s`, `1h30m`, `250ms`. The grammar of CEL's `duration()` without days, signs or sub-millisecond units. */
import { z } from 'zod';
import { rules } from './rule.ts';

// Five digits, so that no accepted text is more than CEL's `duration()` and a date can hold.
export const durationPattern = '^([0-9]{1,5}(\\.[0-9]{1,3})?(ms|s|m|h))+$';
const longest = 32;
const expected =
  'must be a duration such as 30s, 20m or 1h30m (units ms, s, m, h; numbers of up to 5 digits)';
const cel = `self.matches('${durationPattern.replaceAll('\\', '\\\\')}')`;
const whole = new RegExp(durationPattern);
const isDuration = (text: string): boolean => text.length <= longest && whole.test(text);
const part = /([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g;
const unit: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Milliseconds of a duration that the schema accepted. Throws a RangeError for any other text. */
export function durationToMillis(text: string): number {
  if (!isDuration(text)) throw new RangeError(`${JSON.stringify(text)} ${expected}`);
  let millis = 0;
  for (const [, amount, name] of text.matchAll(part)) millis += Number(amount) * (unit[name ?? ''] ?? 0);
  return Math.round(millis);
}

/** The shortest exact text of a number of milliseconds, for messages and for claims: 90000 is `1m30s`. */
export function millisToDuration(millis: number): string {
  let rest = Math.max(0, Math.round(millis));
  let text = '';
  for (const name of ['h', 'm', 's', 'ms']) {
    const size = unit[name] ?? 1;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${name}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}

/** A duration field; `least` is the smallest accepted value, itself a duration. */
export function duration(options: { readonly least?: string; readonly description: string }) {
  const least = options.least;
  return rules(
    z.string().max(longest),
    [
      { cel, message: expected, holds: isDuration },
      ...(least === undefined
        ? []
        : [
            {
              cel: `!${cel} || duration(self) >= duration('${least}')`,
              message: `must be at least ${least}`,
              holds: (text: string) => !isDuration(text) || durationToMillis(text) >= durationToMillis(least),
            },
          ]),
    ],
    { description: options.description },
  );
}
