/** S11: the note of a host's own settings goes only after a task has said that they are in force again. */
import type { Breach } from '../violation.ts';
import { member } from '../world/audit.ts';
import { nodeWrites } from '../world/node-writes.ts';
import type { RawNode, RawPod } from '../world/objects.ts';
import type { Timeline } from '../world/timeline.ts';
import { isTask, taskNodeUID } from '../world/tasks.ts';
import type { Check } from './check.ts';

const noteKey = 'containeros.dev/restore';

export const checkRestored: Check = (history) =>
  nodeWrites(history).flatMap(({ request, node, before, revision }): readonly Breach[] => {
    const annotations = member(request.requestObject, 'metadata', 'annotations');
    if (member(annotations, noteKey) !== null || before?.metadata.annotations?.[noteKey] === undefined)
      return [];
    const written = notedAt(history.timelines('nodes').get(node) ?? [], revision);
    const said = [...history.timelines('pods').values()]
      .flat()
      .some(
        ({ object: pod, revision: seen }) =>
          pod !== undefined &&
          seen > written &&
          seen <= revision &&
          isTask(pod) &&
          taskNodeUID(pod) === before.metadata.uid &&
          saysRestored(pod),
      );
    if (said) return [];
    return [
      {
        id: 'S11',
        revision,
        sentence: `the note of ${node}'s settings was removed, and no task says that they are back`,
        nodes: [node],
      },
    ];
  });

/** The revision that brought the note which went with `until`. */
function notedAt(timeline: Timeline<RawNode>, until: number): number {
  const noted = ({ object }: Timeline<RawNode>[number]): boolean =>
    object?.metadata.annotations?.[noteKey] !== undefined;
  const before = timeline.filter(({ revision }) => revision < until);
  const lastWithout = before.findLastIndex((state) => !noted(state));
  return before[lastWithout + 1]?.revision ?? 0;
}

const saysRestored = ({ status }: RawPod): boolean =>
  status?.containerStatuses?.some(
    ({ state }) => state?.terminated?.message?.includes('"restored":true') === true,
  ) ?? false;
