import { describe, expect, it } from '@jest/globals';
import { failureIn } from '../../../src/adapters/kubernetes/errors.ts';
import { meaningOf } from '../../../src/adapters/kubernetes/eviction.ts';

const status = (message: string, causes: readonly object[] = [], more: object = {}): string =>
  JSON.stringify({ kind: 'Status', message, details: { causes, ...more } });
const budget = (message: string): object => ({ reason: 'DisruptionBudget', message });
const violates = "Cannot evict pod as it would violate the pod's disruption budget.";
const uid =
  'Operation cannot be fulfilled on pods "web-1": Precondition failed: UID in precondition: a, UID in object meta: b';
const webhook = 'admission webhook "virt.example" denied the request: migration has begun';
const refused = (refusal: object): object => ({ kind: 'Refused', refusal });

describe('the answer to an eviction', () => {
  it.each<{ name: string; code: number; body: string; retryAfter?: string; means: object }>([
    { name: '404: gone', code: 404, body: status('pods "web-1" not found'), means: { kind: 'Gone' } },
    { name: '409 on the UID: gone', code: 409, body: status(uid), means: { kind: 'Gone' } },
    {
      name: '409 on anything else: tried again',
      code: 409,
      body: status('the object has been modified'),
      means: refused({ kind: 'Other', message: 'the object has been modified' }),
    },
    {
      name: '429 of a budget: names it',
      code: 429,
      body: status(violates, [budget('The disruption budget web needs 2 healthy pods and has 2 currently')]),
      means: refused({
        kind: 'Budget',
        pdb: 'web',
        message: `${violates} The disruption budget web needs 2 healthy pods and has 2 currently`,
      }),
    },
    {
      name: '429 of a budget that is still being worked on: the budget, not overload',
      code: 429,
      body: status(violates, [budget('The disruption budget web is still being processed by the server.')], {
        retryAfterSeconds: 10,
      }),
      means: refused({ kind: 'Budget', pdb: 'web', message: expect.any(String) }),
    },
    {
      name: '403 of a budget: the budget',
      code: 403,
      body: status('forbidden', [budget('pod disruption budget has negative value')]),
      means: refused({ kind: 'Budget', pdb: 'has', message: expect.any(String) }),
    },
    {
      name: '429 of a webhook: this Pod only',
      code: 429,
      body: status(webhook),
      means: refused({ kind: 'Webhook', message: webhook }),
    },
    {
      name: '403 of a webhook: this Pod only',
      code: 403,
      body: status(webhook),
      means: refused({ kind: 'Webhook', message: webhook }),
    },
    {
      name: '429 in plain text: overload, with its wait',
      code: 429,
      body: 'Too many requests, please try again later.',
      retryAfter: '2',
      means: refused({ kind: 'Overload', retryAfterSeconds: 2 }),
    },
    {
      name: '429 without a wait: overload, with ours',
      code: 429,
      body: status('too many requests'),
      means: refused({ kind: 'Overload', retryAfterSeconds: 5 }),
    },
    {
      name: '500 of two budgets: never',
      code: 500,
      body: status(
        'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
      ),
      means: refused({
        kind: 'Never',
        message: expect.stringContaining('more than one PodDisruptionBudget'),
      }),
    },
    {
      name: '500 of anything else: tried again',
      code: 500,
      body: status('etcd'),
      means: refused({ kind: 'Other', message: 'etcd' }),
    },
    {
      name: '403 in a namespace that is going: waits for that',
      code: 403,
      body: status('unable to create new content', [{ reason: 'NamespaceTerminating' }]),
      means: refused({ kind: 'NamespaceTerminating' }),
    },
  ])('$name', ({ code, body, retryAfter, means }) => {
    expect(meaningOf(failureIn('POST eviction', code, retryAfter, body))).toEqual(means);
  });
});
