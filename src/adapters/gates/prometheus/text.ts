/** Text that a server wrote, as far as it is shown: short, and without what moves a terminal's cursor. */
export const cleanText = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- control characters must not reach terminals
    .replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, 600);
