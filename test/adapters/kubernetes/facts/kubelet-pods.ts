/**
 * Task Pods as a real kubelet left them, one file for each of their life stories, for tests that must not rest on what we believe
 * that a kubelet writes. test/e2e/pod-stories.test.ts holds them to the kubelet, and writes them anew with RECORD_PODS=1.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RawPod } from '../../../../src/adapters/kubernetes/facts/pod.ts';

export const podStories = [
  'done',
  'failed',
  'killed',
  'too-long',
  'no-message',
  'no-json',
  'full',
  'stopping',
  'shut-down',
  'shutting-down',
  'kept',
  'lost',
  'lost-terminated',
  'deleted',
  'deadline',
  'image',
  'socket',
  'after-boot',
] as const;
export type PodStory = (typeof podStories)[number];

const fileOf = (story: PodStory): string => join(import.meta.dirname, 'kubelet-pods', `${story}.json`);

export const readPod = (story: PodStory): RawPod => JSON.parse(readFileSync(fileOf(story), 'utf8')) as RawPod;

export function writePod(story: PodStory, pod: RawPod): void {
  writeFileSync(fileOf(story), `${JSON.stringify(pod, undefined, 2)}\n`);
}

/** What is read of a Pod, without what differs from run to run: names, ids, times, and the image's tag. */
export function trimPod(pod: RawPod): RawPod {
  const { metadata = {}, spec = {}, status = {} } = pod;
  const [container] = status.containerStatuses ?? [];
  const volumes = (spec.volumes ?? []).map(({ hostPath }) => ({ ...(hostPath && { hostPath }) }));
  const trimmed: RawPod = {
    metadata: {
      name: 'task-node-uid',
      uid: 'pod-uid',
      labels: {
        'containeros.dev/task': metadata.labels?.['containeros.dev/task'] ?? '',
        'containeros.dev/node-uid': 'node-uid',
        'containeros.dev/policy-uid': 'policy-uid',
      },
    },
    spec: { nodeName: 'node-1', volumes },
    status: {
      ...only(status, ['phase', 'reason', 'message', 'startTime']),
      // How soon the sandbox of a Pod that is over goes is anybody's guess.
      ...(status.phase === 'Pending' && {
        conditions: (status.conditions ?? [])
          .filter(({ type }) => type === 'PodReadyToStartContainers')
          .map((condition) => only(condition, ['type', 'status'])),
      }),
      ...(container && {
        containerStatuses: [
          {
            ...(container.state && { state: trimState(container.state) }),
            ...(container.lastState && { lastState: trimState(container.lastState) }),
          },
        ],
      }),
    },
  };
  return JSON.parse(masked(JSON.stringify(trimmed), spec.nodeName ?? '')) as RawPod;
}

type State = NonNullable<NonNullable<NonNullable<RawPod['status']>['containerStatuses']>[number]['state']>;

function trimState({ waiting, running, terminated }: State): State {
  return {
    ...(waiting && { waiting: only(waiting, ['reason', 'message']) }),
    ...(running && { running: {} }),
    ...(terminated && { terminated: only(terminated, ['reason', 'message', 'exitCode']) }),
  };
}

const only = <T extends object, K extends keyof T>(from: T, keys: readonly K[]): Pick<T, K> =>
  Object.fromEntries(keys.filter((key) => from[key] !== undefined).map((key) => [key, from[key]])) as Pick<
    T,
    K
  >;

/** A document within the text has its quotes escaped. */
function masked(text: string, node: string): string {
  return text
    .replaceAll(node, 'node-1')
    .replaceAll(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '00000000-0000-4000-8000-000000000000')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '2026-11-23T10:00:00Z')
    .replaceAll(/(\\"seconds\\":)[\d.]+/g, '$11')
    .replaceAll(/localhost\/container-os-operator:[\w.-]+/g, 'localhost/container-os-operator:1.0.0');
}
