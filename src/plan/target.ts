/** What a policy wants of a node, as far as it decides what a task is asked. */
import type { NodeViewStatus } from '../api/container-os-node.ts';
import type { PolicySpec } from '../api/policy-spec.ts';
import type { Pins } from '../api/restore.ts';
import { exactVersion } from '../api/target-version.ts';
import { namedVersion, stagedRefusal } from './choice.ts';
import type { NodeFacts } from './facts.ts';
import type { PolicyCase } from './node-case.ts';
import type { OsRules } from './os-rules.ts';

/** Whether a Stage of this policy must change settings of the host. */
export const isPinning = (pins: Pins): boolean => Object.keys(pins).length > 0;

/** What an inspection's answer rests on besides the host; undefined for "the newest that it is offered". */
export function askedOf(spec: PolicySpec, rules: OsRules): string | undefined {
  const pins = rules.pins(spec, exactVersion(spec));
  if (!isPinning(pins)) return undefined;
  return `${spec.target.version}${pins['ignore-waves'] === true ? ', ignoring waves' : ''}`;
}

export interface StageWish {
  /** Left out where the host takes what it chooses itself. */
  readonly target: string | undefined;
  readonly pins: Pins;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a Stage is to do on this node. */
export function stageWish(
  c: Pick<PolicyCase, 'rules' | 'spec' | 'versions'>,
  node: NodeFacts,
  seen: NodeViewStatus,
): StageWish {
  const { rules, spec, versions } = c;
  const options = rules.taskOptions(spec);
  const version = namedVersion(c, node, seen);
  const wish = { target: version, pins: rules.pins(spec, version), options };
  if (!versions.governed) return wish;
  if (rules.choosesVersion) {
    if (version !== undefined && versions.judge(version, seen.version ?? '').kind === 'Allowed') return wish;
    // Nothing that may be taken is known: it only lists what a wave has kept from view.
    return { ...wish, pins: rules.pins(spec, undefined), options: { ...options, listOnly: true } };
  }
  const { allowance } = versions;
  const judged = {
    ...wish,
    options: { ...options, ...(allowance === undefined ? {} : { allow: allowance }) },
  };
  return takesBack({ ...c, seen })
    ? { ...judged, options: { ...judged.options, checkForUpdate: false } }
    : judged;
}

/** Its host has staged what may not be entered, and any reboot would: a Stage takes it back, and asks for nothing else. */
export function takesBack(
  c: Pick<PolicyCase, 'rules' | 'versions'> & { readonly seen: NodeViewStatus },
): boolean {
  const refusal = stagedRefusal(c);
  return c.rules.stageIsActivation && refusal !== undefined && refusal.verdict.kind !== 'Unnamed';
}

/** The settings that a Stage of this policy may set on a host, whatever the version. */
export function setsOf({ rules, spec, versions }: Pick<PolicyCase, 'rules' | 'spec' | 'versions'>): Pins {
  const some = exactVersion(spec) ?? (versions.governed && rules.choosesVersion ? 'some' : undefined);
  return rules.pins(spec, some);
}
