import { expect, it } from '@jest/globals';
import { osAdapters } from '../../../src/adapters/os/index.ts';
import { whichOs } from '../../../src/cli/verify/which-os.ts';
import { aCosNode, aNode } from '../../support/builders.ts';

it.each([
  [
    'Bottlerocket',
    aNode('n1', { osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.34)' }),
    { kind: 'Ours', os: 'Bottlerocket', sentence: 'Bottlerocket, version 1.25.0, variant aws-k8s-1.34' },
  ],
  [
    'COS',
    aCosNode('n1'),
    {
      kind: 'Ours',
      os: 'ContainerOptimizedOS',
      sentence: 'ContainerOptimizedOS, its version shows on the host only',
    },
  ],
  [
    'COS that GKE manages',
    aCosNode('n1', { labels: { 'cloud.google.com/gke-nodepool': 'a' } }),
    {
      kind: 'NotAsked',
      sentence: expect.stringMatching(/^ContainerOptimizedOS, Unsupported \(ManagedByGKE\): GKE manages/),
    },
  ],
  [
    'Bottlerocket that is not Ready',
    aNode('n1', { osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.34)', ready: false }),
    {
      kind: 'NotAsked',
      sentence: 'Bottlerocket, but the node is not Ready: no task is sent to such a node',
    },
  ],
  [
    'another system',
    aNode('n1', { osImage: 'Some Linux 12' }),
    {
      kind: 'NotAsked',
      sentence:
        'neither Bottlerocket nor ContainerOptimizedOS: its osImage is "Some Linux 12", which no adapter takes for its own',
    },
  ],
])('recognises %s', (_name, node, wanted) => {
  expect(whichOs(node, osAdapters)).toEqual(wanted);
});
