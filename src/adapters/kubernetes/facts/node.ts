import { doNotDisruptKey, group, scaleDownDisabledKey } from '../../../api/keys.ts';
import type { ConditionFacts, Labels, NodeFacts } from '../../../plan/facts.ts';
import type { RawCondition, RawObject } from '../raw.ts';
import { millisOf } from './time.ts';
import { cleanText } from './text.ts';

export interface RawNode extends RawObject {
  readonly spec?: {
    readonly unschedulable?: boolean;
    readonly taints?: readonly { readonly key?: string }[];
  };
  readonly status?: {
    readonly conditions?: readonly RawCondition[];
    readonly nodeInfo?: {
      readonly bootID?: string;
      readonly osImage?: string;
      readonly kernelVersion?: string;
      readonly containerRuntimeVersion?: string;
      readonly kubeletVersion?: string;
      readonly architecture?: string;
    };
  };
}

const longest = 256;

export function nodeFacts({ metadata = {}, spec = {}, status = {} }: RawNode): NodeFacts {
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  const info = status.nodeInfo ?? {};
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    resourceVersion: metadata.resourceVersion ?? '',
    labels: metadata.labels ?? {},
    annotations: ours(metadata.annotations ?? {}),
    unschedulable: spec.unschedulable === true,
    taints: (spec.taints ?? []).map(({ key = '' }) => key),
    deleting: metadata.deletionTimestamp !== undefined,
    ready: ready?.status === 'True',
    readySince: millisOf(ready?.lastTransitionTime),
    conditions: othersThanReady(status.conditions ?? []),
    bootID: cleanText(info.bootID, longest),
    osImage: cleanText(info.osImage, longest),
    kubeletVersion: cleanText(info.kubeletVersion, longest),
    architecture: cleanText(info.architecture, longest),
  };
}

/** Other people's annotations change often and are long: only what the plan reads is kept. */
function ours(annotations: Labels): Labels {
  const kept = ([key]: [string, string]): boolean =>
    key.startsWith(`${group}/`) || key === scaleDownDisabledKey || key === doNotDisruptKey;
  return Object.fromEntries(Object.entries(annotations).filter(kept));
}

const mostConditions = 64;
const statuses = ['True', 'False', 'Unknown'] as const;

function othersThanReady(conditions: readonly RawCondition[]): Readonly<Record<string, ConditionFacts>> {
  const others = conditions.filter(({ type = '' }) => type !== '' && type !== 'Ready' && type.length <= 316);
  return Object.fromEntries(
    others.slice(0, mostConditions).map(({ type = '', status, lastTransitionTime }) => [
      type,
      {
        status: statuses.find((one) => one === status) ?? 'Unknown',
        since: millisOf(lastTransitionTime),
      },
    ]),
  );
}
