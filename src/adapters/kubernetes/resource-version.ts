/** Resource versions are ever growing decimal numbers, larger than a JavaScript number may be. */
export function isNewer(a: string, b: string): boolean {
  return a.length === b.length ? a > b : a.length > b.length;
}
