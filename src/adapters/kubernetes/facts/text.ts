/** What a node says of itself is shown to people and machines: one line, no control characters, cut. */
export function cleanText(value: unknown, most: number): string {
  if (typeof value !== 'string') return '';
  // oxlint-disable-next-line no-control-regex -- they are what must go
  const line = value.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** The end of a log, as one such line: what was said last matters most. */
export function lastText(value: unknown, most: number): string {
  const line = cleanText(value, Number.POSITIVE_INFINITY);
  return line.length <= most ? line : `…${line.slice(line.length - most + 1)}`;
}
