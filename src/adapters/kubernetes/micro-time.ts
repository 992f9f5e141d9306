/** metav1.MicroTime of milliseconds since the epoch: RFC 3339 with six digits. */
export function microTime(millis: number): string {
  return new Date(millis).toISOString().replace('Z', '000Z');
}
