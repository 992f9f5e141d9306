import { describe, expect, it } from '@jest/globals';
import { nodeFacts } from '../../../../src/adapters/kubernetes/facts/node.ts';

const ready = (status: string): object => ({
  type: 'Ready',
  status,
  lastTransitionTime: '2026-11-23T10:00:00Z',
});

describe('the facts of a Node', () => {
  it('are what the plan reads, and nothing else', () => {
    const facts = nodeFacts({
      metadata: {
        name: 'n1',
        uid: 'u1',
        resourceVersion: '7',
        labels: { zone: 'a' },
        annotations: {
          'containeros.dev/hold': 'because',
          'karpenter.sh/do-not-disrupt': 'true',
          'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
          'node.alpha.kubernetes.io/ttl': '0',
        },
      },
      spec: {
        unschedulable: true,
        taints: [{ key: 'node.kubernetes.io/unschedulable' }],
      },
      status: {
        conditions: [
          ready('True'),
          { ...ready('False'), type: 'DiskPressure', lastHeartbeatTime: '2026-11-23T11:00:00Z' },
          { type: 'Odd', status: 'Perhaps' },
        ] as never,
        nodeInfo: {
          bootID: 'b1',
          osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.34)',
          kubeletVersion: 'v1.34.1',
          architecture: 'arm64',
        },
      },
    });
    expect(facts).toEqual({
      name: 'n1',
      uid: 'u1',
      resourceVersion: '7',
      labels: { zone: 'a' },
      annotations: {
        'containeros.dev/hold': 'because',
        'karpenter.sh/do-not-disrupt': 'true',
        'cluster-autoscaler.kubernetes.io/scale-down-disabled': 'true',
      },
      unschedulable: true,
      taints: ['node.kubernetes.io/unschedulable'],
      deleting: false,
      ready: true,
      readySince: Date.parse('2026-11-23T10:00:00Z'),
      conditions: {
        DiskPressure: { status: 'False', since: Date.parse('2026-11-23T10:00:00Z') },
        Odd: { status: 'Unknown', since: undefined },
      },
      bootID: 'b1',
      osImage: 'Bottlerocket OS 1.25.0 (aws-k8s-1.34)',
      kubeletVersion: 'v1.34.1',
      architecture: 'arm64',
    });
  });

  it('are empty where a new Node says nothing yet', () => {
    expect(nodeFacts({ metadata: { name: 'n1' } })).toMatchObject({
      name: 'n1',
      ready: false,
      readySince: undefined,
      bootID: '',
      osImage: '',
      unschedulable: false,
      taints: [],
    });
  });

  it.each(['False', 'Unknown'])('say that a Node whose Ready is %s is not ready', (status) => {
    expect(nodeFacts({ status: { conditions: [ready(status)] } }).ready).toBe(false);
  });

  it('hold no control characters and nothing endless of what a kubelet says', () => {
    const { osImage, bootID } = nodeFacts({
      status: { nodeInfo: { osImage: 'evil\u001b[31m\nOS', bootID: 'x'.repeat(10_000) } },
    });
    expect(osImage).toBe('evil [31m OS');
    expect(bootID).toHaveLength(256);
  });
});
