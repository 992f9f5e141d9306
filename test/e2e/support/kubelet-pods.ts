/** What the lab's kubelets make of task Pods: every revision is kept, and compared with what they made of them before. */
import { expect } from '@jest/globals';
import type { RawPod } from '../../../src/adapters/kubernetes/facts/pod.ts';
import type { PodStory } from '../../adapters/kubernetes/facts/kubelet-pods.ts';
import { readPod, trimPod, writePod } from '../../adapters/kubernetes/facts/kubelet-pods.ts';
import type { ApiObject } from '../../lab/api/api-client.ts';
import { until } from '../../lab/process/until.ts';
import type { Histories } from './history.ts';
import type { Scene } from './scene.ts';
import { taskPodsPath } from './task-pod.ts';
import { patience } from './waits.ts';

export type SeenPod = RawPod & ApiObject & { readonly spec: object };

export interface KubeletPods {
  /**
   * The first revision of a Pod of the operator's image on the node that is as `is` wants it: the one recorded for the story, or where
   * the kubelet itself leaves one of several, as it happens to be quick, for one of these.
   */
  left(story: PodStory | readonly PodStory[], node: string, is: (pod: SeenPod) => boolean): Promise<RawPod>;
  /** Makes a Pod like this one in the scene's own namespace, where the operator does not see it. */
  copy(
    pod: SeenPod,
    name: string,
    change?: { readonly spec?: object; readonly container?: object },
  ): Promise<void>;
}

const record = process.env['RECORD_PODS'] === '1';

export async function openKubeletPods(scene: Scene, histories: Histories): Promise<KubeletPods> {
  const own = `/api/v1/namespaces/${scene.namespace}/pods`;
  const all = await Promise.all([taskPodsPath, own].map((path) => histories.record<SeenPod>(path, '')));
  return {
    left: async (wanted, node, is) => {
      const stories: readonly PodStory[] = typeof wanted === 'string' ? [wanted] : wanted;
      const revisions = (): readonly SeenPod[] =>
        all
          .flatMap((history) => history().map(({ object }) => object))
          .filter((pod) => pod.spec.nodeName === scene.full(node) && isTask(pod));
      const find = (): SeenPod | undefined => revisions().find((pod) => is(pod));
      const what = `a Pod on ${node} for the story ${stories.join(' or ')}`;
      const found = await until(what, find, { withinMs: patience(60_000) }).catch((error: unknown) => {
        const seen = new Set(revisions().map((pod) => JSON.stringify(trimPod(pod).status)));
        throw new Error(`${what} never came; seen: ${[...seen].join('\n')}`, { cause: error });
      });
      const pod = trimPod(found);
      if (typeof wanted !== 'string') expect(wanted.map(readPod)).toContainEqual(pod);
      else {
        if (record) writePod(wanted, pod);
        expect(pod).toEqual(readPod(wanted));
      }
      return pod;
    },
    copy: async ({ metadata, spec }, name, { spec: changedSpec = {}, container = {} } = {}) => {
      const { containers = [] } = spec as { containers?: readonly object[] };
      await scene.client.create(own, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name, namespace: scene.namespace, labels: metadata.labels },
        spec: { ...spec, ...changedSpec, containers: [{ ...containers[0], ...container }] },
      });
    },
  };
}

const isTask = ({ metadata }: SeenPod): boolean => metadata.labels?.['containeros.dev/task'] !== undefined;

const ended = ({ status }: RawPod): boolean => status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** Over, with this in its container's message. */
export const endedWith =
  (text: string) =>
  (pod: RawPod): boolean => {
    const [{ state, lastState } = {}] = pod.status?.containerStatuses ?? [];
    const { message = '' } = state?.terminated ?? lastState?.terminated ?? {};
    return ended(pod) && message.includes(text);
  };

export const endedBecause =
  (reason: string) =>
  (pod: RawPod): boolean =>
    ended(pod) && pod.status?.reason === reason;

/** Over, with its container ended for this reason. */
export const endedIn =
  (reason: string) =>
  (pod: RawPod): boolean => {
    const [{ state, lastState } = {}] = pod.status?.containerStatuses ?? [];
    return ended(pod) && (state?.terminated ?? lastState?.terminated)?.reason === reason;
  };

/** By SIGKILL. */
export const isKilled = ({ status }: RawPod): boolean =>
  status?.containerStatuses?.[0]?.state?.terminated?.exitCode === 137;

export const waitsIn =
  (reason: string) =>
  ({ status }: RawPod): boolean =>
    status?.containerStatuses?.[0]?.state?.waiting?.reason === reason;

/** Its program does, whatever the Pod's phase is. */
export const runs = ({ status }: RawPod): boolean =>
  status?.containerStatuses?.[0]?.state?.running !== undefined;
