/** Bottlerocket, as the operator sees it: from the Node object, and what a task needs of the host. */
import { osKey } from '../../../api/keys.ts';
import type { NodeFacts } from '../../../plan/facts.ts';
import type { Recognition, Shown } from '../../../plan/os-rules.ts';
import type { OsAdapter } from '../../../ports/os-adapter.ts';
import { rememberByNode } from '../remember.ts';
import { compareVersions, isVersion } from './versions.ts';
import type { BottlerocketReason } from './reasons.ts';

const image = /^Bottlerocket OS (\S+) \(([^()]+)\)$/;
/** The same under another name, as builds of people's own may have it (`BUILDSYS_PRETTY_NAME`). */
const otherImage = /(?:^|\s)(\S+) \(([^()]+)\)$/;
/** Nodes that EKS Auto Mode replaces by itself; what stands where the version would be parses as one. */
const autoMode = /^Bottlerocket \(EKS Auto\b/;
/** Says itself what it is: the label would only give it to two policies, which then both wait for a person. */
const anotherSystem = /^Container-Optimized OS\b/;
/** Put on nodes by people, as their word that Bottlerocket's own update operator manages them. */
const otherOperatorKey = 'bottlerocket.aws/updater-interface-version';

/**
 * The last of the seven waves in core-kit's `sources/updater/waves/default-waves.toml`: it begins six days after the release, and a host
 * behind it waits for no other.
 */
const wavesEndAfterMs = 6 * 24 * 60 * 60_000;

export const bottlerocketAdapter: OsAdapter = {
  os: 'Bottlerocket',
  choosesVersion: true,
  stageIsActivation: false,
  knowsAvailableBeforeStaging: true,
  versionInNodeInfo: true,
  wavesEndAfterMs,
  recognise: rememberByNode(recognise),
  shown: ({ osImage }) => (autoMode.test(osImage) ? {} : (read(otherImage, osImage) ?? {})),
  compareVersions,
  isNamed: () => true,
  stagedName: (said) => said,
  remark: () => undefined,
  reasonOf: () => undefined,
  // The socket belongs to root; control_t is the least SELinux type that may write to it.
  podNeeds: () => ({
    hostPaths: [
      { name: 'api-socket', hostPath: '/run/api.sock', type: 'Socket', mountPath: '/run/api.sock' },
    ],
    runAsUser: 0,
    capabilities: [],
    seLinux: { user: 'system_u', role: 'system_r', type: 'control_t', level: 's0' },
    appArmorUnconfined: false,
    privileged: false,
    hostPID: false,
  }),
  pins: (spec, version) => ({
    ...(version === undefined ? {} : { 'version-lock': version }),
    ...(spec.bottlerocket?.ignoreWaves === true ? { 'ignore-waves': true } : {}),
  }),
  taskOptions: (spec) => (spec.bottlerocket?.ignoreWaves === true ? { ignoreWaves: true } : {}),
};

function recognise(node: NodeFacts): Recognition<BottlerocketReason> {
  if (autoMode.test(node.osImage)) {
    return {
      kind: 'Unsupported',
      reason: 'EKSAutoMode',
      because: 'EKS Auto Mode manages this node and replaces it by itself',
    };
  }
  const vouched = node.labels[osKey] === 'Bottlerocket' && !anotherSystem.test(node.osImage);
  const shown = read(vouched ? otherImage : image, node.osImage);
  if (shown === undefined) {
    if (!vouched) return { kind: 'NotOurs' };
    return {
      kind: 'Unsupported',
      reason: 'NoVersionShown',
      because: `its label ${osKey} says Bottlerocket, and its osImage ${JSON.stringify(node.osImage)} does not end in a version and a variant in parentheses`,
    };
  }
  if (node.labels[otherOperatorKey] !== undefined) {
    return {
      kind: 'Unsupported',
      reason: 'ManagedElsewhere',
      because: `its label ${otherOperatorKey} says that Bottlerocket's own update operator manages it; remove the label to hand it over`,
    };
  }
  return { kind: 'Ours', ...shown };
}

function read(form: RegExp, osImage: string): Required<Shown> | undefined {
  const [, version, variant] = form.exec(osImage) ?? [];
  return version === undefined || variant === undefined || !isVersion(version)
    ? undefined
    : { version, variant };
}
