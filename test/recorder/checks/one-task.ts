/** S2: at most one task Pod, and at most one claim, for each Node UID. */
import { entriesOf, newClaims } from '../world/ledger.ts';
import { isTask, taskNodeUID } from '../world/tasks.ts';
import type { Check } from './check.ts';

export const checkOneTask: Check = (history) => {
  const pods = history.changes('pods').flatMap(({ object, before, revision }) => {
    const uid = object && isTask(object) ? taskNodeUID(object) : undefined;
    if (object === undefined || uid === undefined || before?.object !== undefined) return [];
    const others = history
      .at('pods', revision)
      .filter((pod) => isTask(pod) && taskNodeUID(pod) === uid && pod.metadata.uid !== object.metadata.uid);
    if (others.length === 0) return [];
    const names = [object, ...others].map(({ metadata }) => metadata.name).join(' and ');
    return {
      id: 'S2' as const,
      revision,
      sentence: `task Pods ${names} are there at once for the Node ${uid}`,
      nodes: [object.spec?.nodeName ?? ''],
    };
  });
  const claims = newClaims(history).flatMap(({ revision, after, entries }) => {
    const elsewhere = history
      .at('policies', revision)
      .filter(({ metadata }) => metadata.uid !== after.metadata.uid);
    return entries.flatMap(({ node, nodeUID }) => {
      const other = elsewhere.find((policy) => entriesOf(policy).some((entry) => entry.nodeUID === nodeUID));
      if (other === undefined) return [];
      const policies = [after.metadata.name, other.metadata.name];
      return {
        id: 'S2' as const,
        revision,
        sentence: `node ${node} is claimed by the policies ${policies.join(' and ')} at once`,
        nodes: [node],
        policies,
      };
    });
  });
  return [...pods, ...claims];
};
