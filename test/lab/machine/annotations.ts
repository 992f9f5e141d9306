/** How a person steers a machine of the lab: annotations on its Node. */
import { hostDescription } from '../hosts/host.ts';
import type { HostDescription } from '../hosts/host.ts';
import type { ApiObject } from '../api/api-client.ts';

export const prefix = 'lab.containeros.dev/';
export const keys = {
  /** JSON of `HostDescription`. Its presence makes the lab keep a machine for the Node. */
  host: `${prefix}host`,
  /** What the kubelet's process does: see `kubeletStates`. */
  kubelet: `${prefix}kubelet`,
  /** Any text; each new one makes the machine reboot by itself. */
  rebootNow: `${prefix}reboot-now`,
  /** Written by the lab: what is wrong with the annotations above. */
  error: `${prefix}error`,
} as const;

/** `Hung`: stopped in its tracks, with its Pods' programs going on. `Down`: killed, and its Pods' programs with it. */
export const kubeletStates = ['Running', 'Hung', 'Down'] as const;
export type KubeletState = (typeof kubeletStates)[number];

/** What the annotations of one Node ask for. */
export interface Wish {
  readonly description: HostDescription;
  readonly kubelet: KubeletState;
  readonly rebootNow: string;
}

export type ParsedWish =
  | { readonly kind: 'none' }
  | { readonly kind: 'wrong'; readonly because: string }
  | { readonly kind: 'wish'; readonly wish: Wish };

/** Reads the annotations of a Node; `none` means that the Node is not the lab's. */
export function parseWish(node: ApiObject): ParsedWish {
  const annotations = node.metadata.annotations ?? {};
  const text = annotations[keys.host];
  if (text === undefined) return { kind: 'none' };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return wrong(`${keys.host} is not JSON: ${String(error)}`);
  }
  const parsed = hostDescription.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`,
    );
    return wrong(`${keys.host}: ${issues.join('; ')}`);
  }
  const kubelet = annotations[keys.kubelet] ?? 'Running';
  if (!isKubeletState(kubelet)) {
    return wrong(`${keys.kubelet} is ${JSON.stringify(kubelet)}, not one of ${kubeletStates.join(', ')}`);
  }
  return {
    kind: 'wish',
    wish: { description: parsed.data, kubelet, rebootNow: annotations[keys.rebootNow] ?? '' },
  };
}

function wrong(because: string): ParsedWish {
  return { kind: 'wrong', because };
}

function isKubeletState(text: string): text is KubeletState {
  return (kubeletStates as readonly string[]).includes(text);
}
