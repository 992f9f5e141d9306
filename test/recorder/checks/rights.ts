/** S14: no request of ours is refused by authorization. A refusal by admission is another thing and has no such annotation. */
import { describeRequest } from '../world/audit.ts';
import type { Check } from './check.ts';

export const checkRights: Check = (history) =>
  history.requests
    .filter(({ annotations }) => annotations?.['authorization.k8s.io/decision'] === 'forbid')
    .map((request) => {
      const requestedAt = Date.parse(request.requestReceivedTimestamp);
      return {
        id: 'S14',
        revision: history.revisionAt(requestedAt),
        requestedAt,
        sentence: `${request.user.username} may not ${describeRequest(request)}`,
        nodes: [],
      };
    });
