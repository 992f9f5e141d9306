/** The claims and ledger entries that most stories need. */
import type { Story } from './story.ts';

export const entry = (node: string, attempt = `${node}-1`, phase = 'Reserved'): object => ({
  node,
  nodeUID: `uid-${node}`,
  attempt,
  phase,
});

export const claimOn = (node: string, more: object = {}): object => ({
  policy: 'p',
  policyUID: 'uid-p',
  os: 'Bottlerocket',
  attempt: `${node}-1`,
  from: '1.25.0',
  target: '1.26.1',
  added: [],
  ...more,
});

/** An order that is given now and stands for 120 s. */
export const orderNow = (
  story: Story,
  bootID = 'boot-1',
): { at: string; bootID: string; notAfter: string } => ({
  at: story.time(),
  bootID,
  notAfter: story.time(120),
});

/** Four nodes that the policy `p` owns. */
export function fourNodes(story: Story, spec: object = {}, status: object = {}): void {
  for (const name of ['n1', 'n2', 'n3', 'n4']) story.node(name);
  story.policy('p', spec, status);
}

/** Longer than the operator may go without hearing of its nodes. */
export const longAgo = 100;

export const claimAnnotation = (claim: object | null): object => ({
  annotations: { 'containeros.dev/claim': claim === null ? null : JSON.stringify(claim) },
});
