/** S5: a boot id changes at most once per order, and no reboot is called for without an order that still stands. */
import type { Breach } from '../violation.ts';
import { member, tasksNamespace } from '../world/audit.ts';
import type { RebootCall } from '../world/event.ts';
import type { History } from '../world/history.ts';
import { bootIDOf, claimOf } from '../world/node.ts';
import { hasEnded, taskKind } from '../world/tasks.ts';
import type { Check, CheckOptions } from './check.ts';

export const checkOneReboot: Check = (history, options) => [
  ...history.rebootCalls.flatMap((call) => judgeCall(history, call, options)),
  ...secondBoots(history),
  ...forcedTasks(history),
];

function judgeCall(history: History, call: RebootCall, { slackMs }: CheckOptions): readonly Breach[] {
  const at = Date.parse(call.at);
  const began = history.objects.reduce((first, event) => Math.min(first, event.at), Number.POSITIVE_INFINITY);
  if (at < began) return [];
  const timeline = history.timelines('nodes').get(call.node) ?? [];
  const breach = (sentence: string): readonly Breach[] => [
    {
      id: 'S5',
      revision: history.revisionAt(at),
      sentence: `a reboot of ${call.node} was called for at ${call.at} ${sentence}`,
      nodes: [call.node],
    },
  ];
  const standing = timeline.flatMap(({ object }, index) => {
    const order = claimOf(object)?.order;
    return order?.bootID === call.bootID ? [{ order, until: timeline[index + 1]?.at }] : [];
  });
  const last = standing.at(-1);
  if (last === undefined) return breach(`under the boot id ${call.bootID}, for which there is no order`);
  const timely = standing.filter(
    ({ order }) => at >= Date.parse(order.at) && at <= Date.parse(order.notAfter),
  );
  if (timely.length === 0) return breach(`outside of its order, which stood until ${last.order.notAfter}`);
  if (timely.every(({ until }) => until !== undefined && until < at - slackMs)) {
    return breach('after its order had been taken back');
  }
  return [];
}

/** Where no host tells of calls, each change of the boot id counts. */
function secondBoots(history: History): readonly Breach[] {
  const carriedOut = new Set<string>();
  return history.changes('nodes').flatMap(({ object, before, revision }): readonly Breach[] => {
    const former = before?.object;
    if (object === undefined || former === undefined || object.metadata.uid !== former.metadata.uid)
      return [];
    const { name, uid } = object.metadata;
    const changed = bootIDOf(former) !== '' && bootIDOf(object) !== bootIDOf(former);
    const order = claimOf(former)?.order;
    if (!changed || order === undefined || history.journaled.has(name)) return [];
    const key = `${uid} ${order.at}`;
    const again = carriedOut.has(key);
    carriedOut.add(key);
    if (!again) return [];
    return [
      {
        id: 'S5',
        revision,
        sentence: `${name} has a new boot id for the second time under the order of ${order.at}`,
        nodes: [name],
      },
    ];
  });
}

/** Force-deleted, the Pod object is gone while its program may still reboot the host. */
function forcedTasks(history: History): readonly Breach[] {
  return history.requests.flatMap((request): readonly Breach[] => {
    const { verb, objectRef, requestObject, requestReceivedTimestamp } = request;
    if (verb !== 'delete' || objectRef?.resource !== 'pods' || objectRef.namespace !== tasksNamespace)
      return [];
    if (member(requestObject, 'gracePeriodSeconds') !== 0) return [];
    const revision = history.revisionAt(Date.parse(requestReceivedTimestamp));
    const pod = history
      .at('pods', revision)
      .find(({ metadata }) => metadata.name === objectRef.name && metadata.namespace === tasksNamespace);
    if (pod === undefined || taskKind(pod) !== 'Reboot' || hasEnded(pod)) return [];
    return [
      {
        id: 'S5',
        revision,
        sentence: `the task Pod ${pod.metadata.name}, which may still reboot its host, is force-deleted`,
        nodes: [pod.spec?.nodeName ?? ''],
      },
    ];
  });
}
