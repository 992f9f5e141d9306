import { describe, expect, it } from '@jest/globals';
import { doNotDisruptKey, scaleDownDisabledKey } from '../../src/api/keys.ts';
import type { NodeFacts } from '../../src/plan/facts.ts';
import {
  aClaim,
  ago,
  ahead,
  aNode,
  anAnswer,
  anEntry,
  anOrder,
  aPolicy,
  aSnapshot,
  aTask,
  aView,
  minute,
  noon,
  second,
  staged,
} from '../support/builders.ts';
import { planned } from './planned.ts';

const inLedger = [aPolicy({ status: { observedGeneration: 1, fence: 'me/1', claims: [anEntry('n1')] } })];

describe('a node that somebody uncordons', () => {
  it('before the order is released and backs off, which does not count', () => {
    const node = aNode('n1', { claim: aClaim('n1'), unschedulable: false });
    const plan = planned(aSnapshot({ nodes: [node], policies: inLedger, views: [aView(node, staged)] }));
    expect(plan.steps('n1')).toEqual(['Release']);
    expect(plan.view('n1').attempts).toMatchObject([
      { count: 0, reason: 'UncordonedBySomebodyElse', notBefore: ahead(10 * minute) },
    ]);
    expect(plan.status.failures).toEqual([]);
  });

  it('after the order is verified as usual', () => {
    const claim = aClaim('n1', { order: anOrder('n1', second) });
    const node = aNode('n1', { claim, unschedulable: false });
    const plan = planned(aSnapshot({ nodes: [node], policies: inLedger, views: [aView(node, staged)] }));
    expect(plan.steps('n1')).toEqual(['Reboot task']);
  });
});

describe('a node is not begun', () => {
  it.each<{ name: string; node?: Partial<NodeFacts>; view?: object; says: string }>([
    {
      name: 'while NotReady',
      node: { ready: false, readySince: noon - minute },
      says: 'Staged: the node is not Ready since 2026-03-02T11:59:00Z',
    },
    {
      name: 'while it is being deleted',
      node: { deleting: true },
      says: 'Staged: it is being deleted: nothing is started on it',
    },
    {
      name: 'while the cluster autoscaler deletes it',
      node: { taints: ['ToBeDeletedByClusterAutoscaler'] },
      says: 'Staged: it is being deleted: nothing is started on it',
    },
    {
      name: 'while Karpenter disrupts it',
      node: { taints: ['karpenter.sh/disrupted'] },
      says: 'Staged: it is being deleted: nothing is started on it',
    },
    {
      name: 'while its clock is far ahead',
      view: { clockAheadSeconds: 31 },
      says: "Staged: its clock is 31 s ahead of the operator's",
    },
  ])('$name', ({ node, view, says }) => {
    const one = aNode('n1', node);
    const plan = planned(aSnapshot({ nodes: [one], views: [aView(aNode('n1'), { ...staged, ...view })] }));
    expect(plan.says('n1')).toBe(says);
    expect(plan.status.claims).toEqual([]);
  });

  it('though a clock of 30 s ahead is let pass', () => {
    const node = aNode('n1');
    const plan = planned(
      aSnapshot({ nodes: [node], views: [aView(node, { ...staged, clockAheadSeconds: 30 })] }),
    );
    expect(plan.entry('n1')).toBeDefined();
  });

  it('and how far its clock is ahead is learnt from its answers', () => {
    const node = aNode('n1');
    const answer = anAnswer(node, { now: ahead(4 * minute) });
    const plan = planned(aSnapshot({ nodes: [node], tasks: [aTask(node, { answer })] }));
    expect(plan.view('n1').clockAheadSeconds).toBe(240);
    const behind = anAnswer(node, { now: ago(4 * minute) });
    const views = [aView(node, { clockAheadSeconds: 240 })];
    const task = aTask(node, { answer: behind, firstSeen: noon - second });
    expect(
      planned(aSnapshot({ nodes: [node], views, tasks: [task] })).view('n1').clockAheadSeconds,
    ).toBeUndefined();
  });
});

describe('the annotations of autoscalers', () => {
  const claimOn = (annotations: Readonly<Record<string, string>>) => {
    const node = aNode('n1', { annotations });
    const plan = planned(aSnapshot({ nodes: [node], policies: inLedger, views: [aView(node, staged)] }));
    return plan.step('n1', 'Claim');
  };

  it('are set with the claim and listed in it', () => {
    const step = claimOn({});
    expect(step.annotations).toEqual({ [scaleDownDisabledKey]: 'true', [doNotDisruptKey]: 'true' });
    expect(step.claim.added).toEqual([scaleDownDisabledKey, doNotDisruptKey]);
  });

  it('are left as they are where somebody else set them', () => {
    const step = claimOn({ [doNotDisruptKey]: 'false' });
    expect(step.annotations).toEqual({ [scaleDownDisabledKey]: 'true' });
    expect(step.claim.added).toEqual([scaleDownDisabledKey]);
  });

  it('go with the claim where it lists them and they are still there', () => {
    const claim = aClaim('n1', { added: [scaleDownDisabledKey, doNotDisruptKey] });
    const node = aNode('n1', { claim, annotations: { [scaleDownDisabledKey]: 'true' } });
    const policies = [aPolicy({ spec: { paused: true }, status: { observedGeneration: 1, fence: 'me/1' } })];
    const plan = planned(aSnapshot({ nodes: [node], policies }));
    expect(plan.step('n1', 'Release').remove).toEqual([scaleDownDisabledKey]);
  });
});

describe('a node that boots by itself', () => {
  it('during its claim is released and nothing counts', () => {
    const node = aNode('n1', { claim: aClaim('n1'), bootID: 'boot-n1-2' });
    const plan = planned(
      aSnapshot({ nodes: [node], policies: inLedger, views: [aView(aNode('n1'), staged)] }),
    );
    expect(plan.says('n1')).toBe('Draining: is being released: it rebooted by itself');
    expect(plan.view('n1').attempts).toBeUndefined();
    expect(plan.status.failures).toEqual([]);
  });

  it('into the target during its claim is verified', () => {
    const osImage = 'Bottlerocket OS 1.21.0 (aws-k8s-1.34)';
    const node = aNode('n1', { claim: aClaim('n1'), bootID: 'boot-n1-2', osImage });
    const plan = planned(
      aSnapshot({ nodes: [node], policies: inLedger, views: [aView(aNode('n1'), staged)] }),
    );
    expect(plan.says('n1')).toBe('Verifying: verified on 1.21.0');
    expect(plan.entry('n1')?.phase).toBe('Soaking');
  });

  it('into the target long after its claim has reboot.timeout from then on', () => {
    const osImage = 'Bottlerocket OS 1.21.0 (aws-k8s-1.34)';
    const claim = aClaim('n1', { at: ago(25 * minute) });
    const node = aNode('n1', {
      claim,
      bootID: 'boot-n1-2',
      osImage,
      ready: false,
      readySince: noon - second,
    });
    const plan = planned(
      aSnapshot({ nodes: [node], policies: inLedger, views: [aView(aNode('n1'), staged)] }),
    );
    expect(plan.says('n1')).toMatch(/^Rebooting: it has rebooted/);
    expect(plan.status.failures).toEqual([]);
  });
});
