/** The one document that leaves a task: a termination message, which the kubelet cuts at 4,096 bytes. */
import { longestAnswer, mostOffers, type TaskAnswer } from '../api/task.ts';

/** Characters of the fields that the reader limits; longer ones would make the whole document worthless. */
const longest = { reason: 64, version: 128, variant: 128, available: 128, staged: 128, bootID: 64 } as const;
const longestMessage = 2048;
const longestSetting = 256;
const longestOffer = 64;
const ellipsis = '…';

/** JSON of at most 4,096 bytes in UTF-8. What is too long is shortened: the message first, then the settings go, then the offers. */
export function formatAnswer(answer: TaskAnswer): string {
  const bounded = bound(answer);
  const { offers: _offers, ...least } = { ...bounded, settings: {} };
  return (
    shortenMessage(bounded) ??
    shortenMessage({ ...bounded, settings: {} }) ??
    shortenMessage(least) ??
    fail(bounded)
  );
}

function bound(answer: TaskAnswer): TaskAnswer {
  const bounded: TaskAnswer = { ...answer, message: cut(answer.message, longestMessage) };
  for (const [field, most] of Object.entries(longest) as [keyof typeof longest, number][]) {
    const value = bounded[field];
    if (value !== undefined) bounded[field] = cut(value, most);
  }
  if (bounded.offers !== undefined)
    bounded.offers = bounded.offers.slice(0, mostOffers).map((offer) => cut(offer, longestOffer));
  if (bounded.settings !== undefined) {
    bounded.settings = Object.fromEntries(
      Object.entries(bounded.settings)
        .filter(([key]) => key.length <= 64)
        .map(([key, value]) => [key, typeof value === 'string' ? cut(value, longestSetting) : value]),
    );
  }
  return bounded;
}

/** The longest message that fits, found by halving: escapes and multi-byte characters make bytes differ from characters. */
function shortenMessage(answer: TaskAnswer): string | undefined {
  const whole = JSON.stringify(answer);
  if (Buffer.byteLength(whole) <= longestAnswer) return whole;
  let fits: string | undefined;
  let low = 0;
  let high = answer.message.length - 1;
  while (low <= high) {
    const middle = Math.floor((low + high) / 2);
    const text = JSON.stringify({ ...answer, message: cut(answer.message, middle) });
    const short = Buffer.byteLength(text) <= longestAnswer;
    if (short) fits = text;
    if (short) low = middle + 1;
    else high = middle - 1;
  }
  return fits;
}

/** At most so many UTF-16 units, never half a character. */
function cut(text: string, most: number): string {
  const whole = text.toWellFormed();
  if (whole.length <= most) return whole;
  if (most === 0) return '';
  const head = whole.slice(0, most - 1);
  const last = head.charCodeAt(head.length - 1);
  const splitsPair = last >= 0xd800 && last <= 0xdbff;
  return (splitsPair ? head.slice(0, -1) : head) + ellipsis;
}

function fail(answer: TaskAnswer): never {
  throw new RangeError(`An answer of outcome ${answer.outcome} does not fit into ${longestAnswer} bytes.`);
}
