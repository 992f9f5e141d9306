/** Timestamps as the dispatcher writes them: RFC 3339 in UTC with nanoseconds, each later than the one before. */
export function createTimestamps(now: () => number): () => string {
  let last = 0;
  let nanoseconds = 0;
  return () => {
    const time = Math.max(now(), last);
    nanoseconds = time === last ? nanoseconds + 1 : 0;
    last = time;
    const [seconds = '', milliseconds = '000Z'] = new Date(time).toISOString().split('.');
    return `${seconds}.${milliseconds.slice(0, 3)}${String(nanoseconds).padStart(6, '0')}Z`;
  };
}
