/** What a Node says, read by the recorder itself. */
import { member } from './audit.ts';
import type { RawNode } from './objects.ts';

const claimKey = 'containeros.dev/claim';
const controlPlaneLabels = ['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'];
const bottlerocketImage = /^Bottlerocket OS (\d\S*) \(.+\)$/;
/** Of a build under a name of its own, which a label vouches for. */
const ownBottlerocketImage = / (\d\S*) \(.+\)$/;

export interface ClaimNote {
  readonly policy: string;
  readonly policyUID: string;
  readonly os: string;
  readonly attempt: string;
  readonly from: string;
  readonly target: string;
  readonly exact: boolean;
  readonly foreignCordon: boolean;
  readonly added: readonly string[];
  readonly order: { readonly at: string; readonly bootID: string; readonly notAfter: string } | undefined;
}

/** The claim on a Node; undefined where there is none, or none that can be read. */
export function claimOf(node: RawNode | undefined): ClaimNote | undefined {
  const text = node?.metadata.annotations?.[claimKey];
  if (text === undefined) return undefined;
  const json = parsed(text);
  const word = (...path: string[]): string => {
    const value = member(json, ...path);
    return typeof value === 'string' ? value : '';
  };
  if (word('policyUID') === '' || word('attempt') === '') return undefined;
  const added = member(json, 'added');
  return {
    policy: word('policy'),
    policyUID: word('policyUID'),
    os: word('os'),
    attempt: word('attempt'),
    from: word('from'),
    target: word('target'),
    exact: member(json, 'exact') === true,
    foreignCordon: member(json, 'foreignCordon') === true,
    added: Array.isArray(added) ? added.map(String) : [],
    order:
      member(json, 'order') === undefined
        ? undefined
        : { at: word('order', 'at'), bootID: word('order', 'bootID'), notAfter: word('order', 'notAfter') },
  };
}

export const hasClaim = (node: RawNode | undefined): boolean =>
  node?.metadata.annotations?.[claimKey] !== undefined;

export const isCordoned = (node: RawNode | undefined): boolean => node?.spec?.unschedulable === true;

export const isReady = (node: RawNode | undefined): boolean =>
  node?.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;

export const bootIDOf = (node: RawNode | undefined): string => node?.status?.nodeInfo?.bootID ?? '';

export const isControlPlane = ({ metadata: { labels = {} } }: RawNode): boolean =>
  controlPlaneLabels.some((label) => label in labels);

/** Which system the Node shows; undefined for one that no policy can own. */
export function systemOf(node: RawNode): string | undefined {
  const image = node.status?.nodeInfo?.osImage ?? '';
  if (isVouchedFor(node) || bottlerocketImage.test(image)) return 'Bottlerocket';
  if (image === 'Container-Optimized OS from Google') return 'ContainerOptimizedOS';
  // An Auto Mode image is Bottlerocket that nobody may update; it belongs to a policy all the same.
  return image.startsWith('Bottlerocket') ? 'Bottlerocket' : undefined;
}

/** The version where the Node object shows it. */
export function shownVersion(node: RawNode): string | undefined {
  const pattern = isVouchedFor(node) ? ownBottlerocketImage : bottlerocketImage;
  return pattern.exec(node.status?.nodeInfo?.osImage ?? '')?.[1];
}

const isVouchedFor = ({ metadata: { labels = {} } }: RawNode): boolean =>
  labels['containeros.dev/os'] === 'Bottlerocket';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A forged or broken claim is none; whether the operator left it alone is judged by its writes.
    return undefined;
  }
}
