import { describe, expect, it } from '@jest/globals';
import { claimKey, restoreKey } from '../../src/api/keys.ts';
import { formatRestore } from '../../src/api/restore.ts';
import { whatIsLeft } from '../../src/plan/left.ts';
import { aClaim, aNode, aSnapshot, aTask, aView } from '../support/builders.ts';

const note = formatRestore({
  os: 'Bottlerocket',
  'version-lock': 'latest',
  'ignore-waves': false,
  pinned: { 'version-lock': ['v1.21.0'] },
});
const left = (input: Parameters<typeof aSnapshot>[0]) => whatIsLeft(aSnapshot(input));
const claimed = aNode('n1', { claim: aClaim('n1') });

describe('what is left on nodes', () => {
  it('is nothing where there is neither a claim nor a note nor a task, whoever cordoned them', () => {
    expect(left({ nodes: [aNode('n1'), aNode('n2', { unschedulable: true })] })).toEqual([]);
  });

  it('is a claim, with what its node waits for', () => {
    expect(left({ nodes: [claimed] })).toEqual([{ node: 'n1', because: 'it is claimed', waits: true }]);
    const views = [aView(claimed, { state: 'Rebooting', because: 'the node went down' })];
    expect(left({ nodes: [claimed], views })).toEqual([
      { node: 'n1', because: 'the node went down', waits: true },
    ]);
  });

  it('waits for nothing that only a person can end', () => {
    const views = [aView(claimed, { state: 'Failed', because: 'it stays cordoned' })];
    expect(left({ nodes: [claimed], views })).toMatchObject([{ waits: false }]);
    const unreadable = aNode('n1', { annotations: { [claimKey]: '?' } });
    expect(left({ nodes: [unreadable] })).toMatchObject([
      { because: expect.stringContaining('its claim cannot be read'), waits: false },
    ]);
    const scribbled = aNode('n1', { annotations: { [restoreKey]: '?' } });
    expect(left({ nodes: [scribbled] })).toMatchObject([{ waits: false }]);
  });

  it('is a note of settings, which a node that is away cannot take back', () => {
    const noted = (ready: boolean) => aNode('n1', { annotations: { [restoreKey]: note }, ready });
    expect(left({ nodes: [noted(true)] })).toMatchObject([{ waits: true }]);
    expect(left({ nodes: [noted(false)] })).toMatchObject([
      { because: expect.stringContaining('it is NotReady'), waits: false },
    ]);
  });

  it('is a task that has not ended, as long as its node can end it', () => {
    const at = (ready: boolean) => {
      const node = aNode('n1', { ready });
      return left({ nodes: [node], tasks: [aTask(node, { task: 'Stage' })] });
    };
    expect(at(true)).toEqual([{ node: 'n1', because: 'its Stage task has not ended', waits: true }]);
    expect(at(false)).toMatchObject([{ waits: false }]);
  });
});
