/** When Google ends the support of a milestone. */

/** Year and month, as docs.cloud.google.com/container-optimized-os/docs/concepts/versioning had them in 2026-04. */
const ends: Readonly<Record<string, string>> = {
  '113': '2026-03',
  '117': '2026-09',
  '121': '2027-03',
  '125': '2027-09',
};

/** Undefined where the end is not known here. `variant` as a node shows it: `cos-117`. */
export function endOfMilestone(variant: string | undefined): string | undefined {
  const milestone = /^cos-(\d+)$/.exec(variant ?? '')?.[1] ?? '';
  const end = Object.hasOwn(ends, milestone) ? ends[milestone] : undefined;
  return end === undefined
    ? undefined
    : `as announced by 2026-04, support of milestone ${milestone} ends in ${end}: a newer milestone takes a new VM`;
}
