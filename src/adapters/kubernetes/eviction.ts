/** The Eviction API: one request per Pod, and what each of its answers means. The only file that knows them. */
import type { PodFacts } from '../../plan/facts.ts';
import type { EvictionRefusal } from '../../plan/snapshot.ts';
import type { EvictionResult, Guard } from '../../ports/cluster.ts';
import type { ApiClient } from './client.ts';
import { ApiFailure } from './errors.ts';
import { cleanText } from './facts/text.ts';
import { evictionPath } from './paths.ts';

/** Seconds to hold back where an overloaded server names none. */
const usualRetryAfter = 5;
const longest = 500;

/** Throws UnreachableError without an answer, and what the guard throws. */
export async function evict(
  api: ApiClient,
  pod: PodFacts,
  gracePeriodSeconds: number | undefined,
  guard: Guard,
): Promise<EvictionResult> {
  try {
    await api.request({
      method: 'POST',
      path: evictionPath(pod.namespace, pod.name),
      body: {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: pod.name, namespace: pod.namespace },
        deleteOptions: {
          preconditions: { uid: pod.uid },
          ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
        },
      },
      guard,
    });
    return { kind: 'Accepted' };
  } catch (error) {
    if (error instanceof ApiFailure) return meaningOf(error);
    throw error;
  }
}

/** What a refused eviction means (design 3.3). */
export function meaningOf(failure: ApiFailure): EvictionResult {
  const { kind, text } = failure;
  // Another Pod has the name by now, so this one is gone.
  if (kind === 'NotFound' || (kind === 'Conflict' && /UID/.test(text))) return { kind: 'Gone' };
  return { kind: 'Refused', refusal: refusalOf(failure) };
}

function refusalOf({ kind, text, causes, retryAfterSeconds }: ApiFailure): EvictionRefusal {
  const message = cleanText(text, longest);
  const budget = causes.find(({ reason }) => reason === 'DisruptionBudget');
  if (budget !== undefined) {
    const told = cleanText(`${text} ${budget.message}`, longest);
    return { kind: 'Budget', pdb: budgetNamedIn(budget.message), message: told };
  }
  if (causes.some(({ reason }) => reason === 'NamespaceTerminating')) return { kind: 'NamespaceTerminating' };
  // Whatever code a webhook chose, it speaks of this Pod alone. KubeVirt denies with 429 and starts to migrate.
  if (/admission webhook .* denied/.test(text)) return { kind: 'Webhook', message };
  if (kind === 'TooManyRequests') {
    return { kind: 'Overload', retryAfterSeconds: retryAfterSeconds ?? usualRetryAfter };
  }
  if (kind === 'Server' && /more than one PodDisruptionBudget/.test(text)) return { kind: 'Never', message };
  return { kind: 'Other', message };
}

/** `web` from "The disruption budget web needs 2 healthy pods and has 2 currently". */
function budgetNamedIn(message: string): string | undefined {
  return /disruption budget (\S+) /.exec(message)?.[1];
}
