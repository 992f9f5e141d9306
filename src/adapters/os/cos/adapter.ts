/** Container-Optimized OS, as the operator sees it: from the Node object, and what a task needs of the host. */
import type { NodeStateName, NodeViewStatus } from '../../../api/container-os-node.ts';
import type { PolicySpec } from '../../../api/policy-spec.ts';
import type { NodeFacts } from '../../../plan/facts.ts';
import type { Recognition } from '../../../plan/os-rules.ts';
import type { OsAdapter, TaskPodNeeds } from '../../../ports/os-adapter.ts';
import { rememberByNode } from '../remember.ts';
import { compareBuilds, isNumbered, keepNumber } from './build-id.ts';
import { endOfMilestone } from './milestones.ts';
import { type CosOptions, cosOptions, cosWishes } from './options.ts';
import type { CosReason } from './reasons.ts';

/** Every build says just this: the version is only on the host. */
const image = 'Container-Optimized OS from Google';
const gkeLabels = ['cloud.google.com/gke-nodepool', 'cloud.google.com/gke-os-distribution'];

export const cosAdapter: OsAdapter = {
  os: 'ContainerOptimizedOS',
  choosesVersion: false,
  stageIsActivation: true,
  knowsAvailableBeforeStaging: false,
  versionInNodeInfo: false,
  recognise: rememberByNode(recognise),
  shown: () => ({}),
  compareVersions: compareBuilds,
  isNamed: isNumbered,
  stagedName: keepNumber,
  remark: ({ variant }) => endOfMilestone(variant),
  reasonOf,
  podNeeds: (_task, options) => needs(cosOptions.parse(options)),
  pins: () => ({}),
  taskOptions: (spec: PolicySpec) => cosWishes.parse(spec.containerOptimizedOS ?? {}),
};

function recognise(node: NodeFacts): Recognition<CosReason> {
  if (node.osImage !== image) return { kind: 'NotOurs' };
  if (gkeLabels.some((label) => node.labels[label] !== undefined) || node.kubeletVersion.includes('-gke.')) {
    return {
      kind: 'Unsupported',
      reason: 'ManagedByGKE',
      because:
        'GKE manages this node and replaces it; use its release channel, maintenance window and node pool upgrades',
    };
  }
  if (node.architecture === 'arm64') {
    return {
      kind: 'Unsupported',
      reason: 'Arm',
      because: 'Arm images of this OS cannot be updated in place; replace the VM image',
    };
  }
  return { kind: 'Ours' };
}

/** What a check found, as long as the node is where that has put it: not where it found what the policy denies. */
function reasonOf(state: NodeStateName, seen: NodeViewStatus): CosReason | undefined {
  const { checkedAt, available = '', version = '' } = seen;
  if (state === 'UpToDate')
    return checkedAt === undefined || compareBuilds(available, version) > 0 ? undefined : 'UpToDate';
  return state === 'Staged' ? 'RebootRequired' : undefined;
}

/** The host's root is needed in both ways: its release file is read there. Entering a mount namespace takes a privileged Pod. */
function needs({ hostCommand }: CosOptions): TaskPodNeeds {
  const privileged = hostCommand === 'Nsenter';
  return {
    hostPaths: [{ name: 'host', hostPath: '/', type: 'Directory', mountPath: '/host' }],
    runAsUser: 0,
    capabilities: privileged ? [] : ['SYS_CHROOT'],
    seLinux: undefined,
    appArmorUnconfined: true,
    privileged,
    hostPID: privileged,
  };
}
