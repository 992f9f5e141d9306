/** Which milestone a build belongs to. */
const byFirstNumber: Readonly<Record<string, string>> = {
  '17800': '109',
  '18244': '113',
  '18613': '117',
  '18867': '121',
  '19216': '125',
};

/** The first number itself where the milestone is not known. */
export function milestone(build: string): string {
  const [first = ''] = build.split('.');
  return byFirstNumber[first] ?? first;
}
