/** `1.25.0 → 1.26.1`, and for long ones `18613.164.4 → ….98`. */
import type { Row } from './rollout.ts';

export function versionText({ version, wanted }: Pick<Row, 'version' | 'wanted'>, inFull: boolean): string {
  if (version === wanted) return version;
  const from = version === '' ? '?' : version;
  return `${from} → ${inFull ? wanted : shortened(wanted, version)}`;
}

const long = 10;

function shortened(wanted: string, version: string): string {
  const parts = wanted.split('.');
  const last = parts.at(-1);
  const common = parts.slice(0, -1).join('.');
  const isSame = version.startsWith(`${common}.`) && version.split('.').length === parts.length;
  return wanted.length >= long && isSame && last !== undefined ? `….${last}` : wanted;
}
