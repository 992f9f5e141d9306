/** S3: Pods leave by accepted evictions alone: we send no DELETE outside the tasks namespace and force nothing. */
import type { Breach } from '../violation.ts';
import type { AuditEvent } from '../world/audit.ts';
import { describeRequest, member, tasksNamespace } from '../world/audit.ts';
import type { History } from '../world/history.ts';
import type { Check } from './check.ts';

export const checkEvictions: Check = (history) =>
  history.requests.flatMap((request) => {
    const wrong = whatIsWrong(history, request);
    return wrong === undefined ? [] : breach(history, request, wrong);
  });

function whatIsWrong(history: History, request: AuditEvent): string | undefined {
  const { verb, objectRef, requestObject } = request;
  if (objectRef?.resource !== 'pods') return undefined;
  if (objectRef.subresource === undefined && verb.startsWith('delete')) {
    return objectRef.namespace === tasksNamespace ? undefined : 'a Pod is deleted instead of evicted';
  }
  if (objectRef.subresource !== 'eviction') return undefined;
  if (typeof member(requestObject, 'deleteOptions', 'preconditions', 'uid') !== 'string') {
    return 'the eviction names no UID, so it may hit another Pod of that name';
  }
  if (member(requestObject, 'deleteOptions', 'gracePeriodSeconds') === 0 && !asksForNoGrace(history)) {
    return 'the eviction leaves the Pod no time to stop, which no policy asks for';
  }
  return undefined;
}

function asksForNoGrace(history: History): boolean {
  return [...history.timelines('policies').values()].some((timeline) =>
    timeline.some(({ object }) => object?.spec.drain?.gracePeriodSeconds === 0),
  );
}

function breach(history: History, request: AuditEvent, wrong: string): Breach {
  const revision = history.revisionAt(Date.parse(request.requestReceivedTimestamp));
  const { namespace = '', name = '' } = request.objectRef ?? {};
  const pod = history
    .at('pods', revision)
    .find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
  const node = pod?.spec?.nodeName;
  return {
    id: 'S3',
    revision,
    sentence: `${describeRequest(request)}: ${wrong}`,
    nodes: node === undefined ? [] : [node],
  };
}
