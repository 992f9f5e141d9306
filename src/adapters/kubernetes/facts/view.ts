import { nodeViewStatus } from '../../../api/container-os-node.ts';
import type { NodeView } from '../../../plan/facts.ts';
import type { RawObject } from '../raw.ts';

export interface RawView extends RawObject {
  readonly status?: unknown;
}

export function viewFacts({ metadata = {}, status }: RawView): NodeView {
  const parsed = nodeViewStatus.safeParse(status ?? {});
  const owner = metadata.ownerReferences?.find(({ kind }) => kind === 'Node');
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    nodeUID: owner?.uid ?? '',
    // A view can be made anew from the world; one that cannot be read is as good as none.
    status: parsed.success ? parsed.data : {},
  };
}
