/** What a policy wants of a node, as far as it decides what a task is asked. */
import type { PolicySpec } from '../api/policy-spec.ts';
import type { Pins } from '../api/restore.ts';
import type { OsRules } from './os-rules.ts';

/** Whether a Stage of this policy must change settings of the host. */
export const isPinning = (pins: Pins): boolean => Object.keys(pins).length > 0;

/** What an inspection's answer rests on besides the host; undefined for "the newest that it is offered". */
export function askedOf(spec: PolicySpec, rules: OsRules): string | undefined {
  const pins = rules.pins(spec);
  if (!isPinning(pins)) return undefined;
  return `${spec.target.version}${pins['ignore-waves'] === true ? ', ignoring waves' : ''}`;
}
