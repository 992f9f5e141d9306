/** What was said last about each thing, for a while: a pass may run again before its writes are seen, and nothing is said twice. */
export function createTold(most: number): (about: string, text: string) => boolean {
  const told = new Map<string, string>();
  return (about, text) => {
    if (told.get(about) === text) return false;
    // Said anew, it is the youngest.
    told.delete(about);
    told.set(about, text);
    if (told.size > most) for (const oldest of told.keys()) return told.delete(oldest);
    return true;
  };
}
