/** Order of versions: by their numbers, part by part; what follows a `-` makes a version older than the same without it. */
export function isOlder(a: string, b: string): boolean {
  return compare(a, b) < 0;
}

function compare(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (let part = 0; part < Math.max(left.numbers.length, right.numbers.length); part++) {
    const difference = (left.numbers[part] ?? 0) - (right.numbers[part] ?? 0);
    if (difference !== 0) return difference;
  }
  if (left.suffix === right.suffix) return 0;
  if (left.suffix === '') return 1;
  if (right.suffix === '') return -1;
  return left.suffix < right.suffix ? -1 : 1;
}

function split(version: string): { readonly numbers: readonly number[]; readonly suffix: string } {
  const [numbers = '', ...rest] = version.replace(/\+.*$/, '').split('-');
  return { numbers: numbers.split('.').map(Number), suffix: rest.join('-') };
}
