/** Leaves out of an object what no check reads: a long run is held in memory once, and on disk. */
import type { Objects, RawNode, RawObject, RawPod, Resource } from './objects.ts';

type Trims = { readonly [R in Resource]: (object: Objects[R]) => Objects[R] };

const trims: Trims = {
  nodes: ({ metadata, spec, status }) => ({
    metadata: trimMetadata(metadata),
    spec: { ...(spec?.unschedulable !== undefined && { unschedulable: spec.unschedulable }) },
    status: {
      conditions: (status?.conditions ?? [])
        .filter(({ type }) => type === 'Ready')
        .map(({ type, status: value }) => ({ type, status: value })),
      nodeInfo: trimNodeInfo(status?.nodeInfo),
    },
  }),
  pods: ({ metadata, spec, status }) => ({
    metadata: trimMetadata(metadata),
    spec: { ...(spec?.nodeName !== undefined && { nodeName: spec.nodeName }) },
    status: {
      ...(status?.phase !== undefined && { phase: status.phase }),
      containerStatuses: (status?.containerStatuses ?? []).flatMap(trimContainer),
    },
  }),
  policies: (policy) => ({ ...policy, metadata: trimMetadata(policy.metadata) }),
  views: (view) => ({ ...view, metadata: trimMetadata(view.metadata) }),
};

export function trim<R extends Resource>(resource: R, object: Objects[R]): Objects[R] {
  return trims[resource](object);
}

function trimMetadata(metadata: RawObject['metadata'] & { managedFields?: unknown }): RawObject['metadata'] {
  const { managedFields: _, ...kept } = metadata;
  return kept;
}

type NodeInfo = NonNullable<NonNullable<RawNode['status']>['nodeInfo']>;

function trimNodeInfo(info: NodeInfo | undefined): NodeInfo {
  return {
    ...(info?.bootID !== undefined && { bootID: info.bootID }),
    ...(info?.osImage !== undefined && { osImage: info.osImage }),
  };
}

type ContainerStatus = NonNullable<NonNullable<RawPod['status']>['containerStatuses']>[number];

function trimContainer({ state }: ContainerStatus): readonly ContainerStatus[] {
  const message = state?.terminated?.message;
  return message === undefined ? [] : [{ state: { terminated: { message } } }];
}
