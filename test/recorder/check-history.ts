/** Replays a history and names what broke. */
import { checkBudget } from './checks/budget.ts';
import type { Check, CheckOptions } from './checks/check.ts';
import { usualOptions } from './checks/check.ts';
import { checkForeignCordons, checkLostClaims } from './checks/cordons.ts';
import { checkDrained } from './checks/drained.ts';
import { checkEvictions } from './checks/evictions.ts';
import { checkFence } from './checks/fence.ts';
import { checkGentle } from './checks/gentle.ts';
import { checkHalt } from './checks/halt.ts';
import { checkOneReboot } from './checks/one-reboot.ts';
import { checkOneTask } from './checks/one-task.ts';
import { checkOwnedFields } from './checks/owned-fields.ts';
import { checkRestored } from './checks/restored.ts';
import { checkRights } from './checks/rights.ts';
import { checkVerified } from './checks/verified.ts';
import { describeEvent } from './describe.ts';
import type { Breach, Violation } from './violation.ts';
import type { ObjectEvent } from './world/event.ts';
import type { History } from './world/history.ts';

const checks: readonly Check[] = [
  checkBudget,
  checkOneTask,
  checkEvictions,
  checkDrained,
  checkOneReboot,
  checkForeignCordons,
  checkLostClaims,
  checkVerified,
  checkHalt,
  checkFence,
  checkOwnedFields,
  checkRestored,
  checkGentle,
  checkRights,
];
const shownRevisions = 20;

/** For each invariant and each set of nodes, or what is said of none, the first breach, in the order of revisions. */
export function checkHistory(history: History, options: CheckOptions = usualOptions): readonly Violation[] {
  const breaches = checks
    .flatMap((check) => check(history, options))
    .toSorted((a, b) => a.revision - b.revision || Number(a.id.slice(1)) - Number(b.id.slice(1)));
  const first = new Map<string, Breach>();
  for (const breach of breaches) {
    // What concerns no node has only its sentence to be told by.
    const about = breach.nodes.length === 0 ? breach.sentence : breach.nodes.toSorted().join(' ');
    const key = `${breach.id} ${about}`;
    if (!first.has(key)) first.set(key, breach);
  }
  return [...first.values()].map((breach) => explain(history, breach));
}

function explain(history: History, breach: Breach): Violation {
  const concerned = history.objects
    .filter((event) => event.revision <= breach.revision && concerns(event, breach))
    .slice(-shownRevisions);
  const { requestedAt, ...rest } = breach;
  const at = requestedAt ?? history.objects.findLast(({ revision }) => revision <= breach.revision)?.at ?? 0;
  return { ...rest, at: new Date(at).toISOString(), last: concerned.map(describeEvent) };
}

function concerns(event: ObjectEvent, { nodes, policies = [] }: Breach): boolean {
  if (event.resource === 'policies') return policies.includes(event.object.metadata.name);
  if (event.resource === 'pods') return nodes.includes(event.object.spec?.nodeName ?? '');
  return nodes.includes(event.object.metadata.name);
}
