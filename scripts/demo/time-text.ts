/** Times for people. */

/** `0:07`, `12:30`. */
export function clockText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

/** `7s`, `2m05s`: at most six characters. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${String(seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 100
    ? `${String(minutes)}m${String(seconds % 60).padStart(2, '0')}s`
    : `${String(minutes)}m`;
}
