/** One node on its way, for stories about what happens to it. */
import { claimAnnotation, claimOn, entry, fourNodes, orderNow } from './facts.ts';
import type { Story } from './story.ts';

export const tasks = 'containeros-tasks';
export const taskOf = (node: string, task = 'Reboot'): object => ({
  namespace: tasks,
  node,
  labels: { 'containeros.dev/node-uid': `uid-${node}`, 'containeros.dev/task': task },
});

/** `n1` claimed and cordoned, in the ledger, with a Pod on it. */
export function claimed(s: Story, claim: object = {}, before: object = {}): void {
  fourNodes(s);
  s.node('n1', before);
  s.pod('web-1', { node: 'n1' });
  s.policy('p', {}, { claims: [entry('n1')] });
  const annotation = claimAnnotation(claimOn('n1', claim));
  s.patchNode('n1', { metadata: annotation, spec: { unschedulable: true } }, cordoned(claim));
}

export const cordoned = (claim: object = {}): { cordoned: true; claim: object } => ({
  cordoned: true,
  claim: claimOn('n1', claim),
});

export function ordered(s: Story, bootID = 'boot-1'): { readonly order: object } {
  s.pod('web-1', { node: 'n1', deleted: true });
  const order = orderNow(s, bootID);
  s.node('n1', cordoned({ order }));
  return { order };
}

export const evict = (name: string, options: object): Parameters<Story['request']>[0] => ({
  verb: 'create',
  resource: 'pods',
  subresource: 'eviction',
  namespace: 'shop',
  name,
  body: { deleteOptions: options },
  code: 201,
});
