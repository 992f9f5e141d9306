/** Policies that the API server must refuse, and what it must say: the field, the value and what is accepted instead. */
export interface WrongPolicy {
  readonly name: string;
  readonly spec: unknown;
  /** Part of what kubectl prints. */
  readonly message: string;
  /** A name that the schema does not know: kubectl refuses it, our own parsing strips it. */
  readonly unknownField?: true;
}

const os = 'Bottlerocket';
const aDuration =
  'must be a duration such as 30s, 20m or 1h30m (units ms, s, m, h; numbers of up to 5 digits)';
const aCount = 'must be a whole number from 1 to 100000 or a percentage from 1% to 100%';
const aVersion = 'must be `Latest` or an exact version of three numbers such as 1.26.1';
const aCron =
  'must be a cron expression of five fields, minute, hour, day of month, month and day of week, such as `0 22 * * MON-FRI`';
const aKey = 'must be a label key such as `role` or `example.com/role`';
const aPrometheus = 'must be the http or https address of a Prometheus API, without user, query or fragment';
const aValue =
  'must be a label value: up to 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends';

export const wrongPolicies: readonly WrongPolicy[] = [
  { name: 'no operating system', spec: {}, message: 'spec.os: Required value' },
  {
    name: 'an operating system that we do not know',
    spec: { os: 'Flatcar' },
    message:
      'spec.os: Unsupported value: "Flatcar": supported values: "Bottlerocket", "ContainerOptimizedOS"',
  },
  {
    name: 'an operating system in the wrong case',
    spec: { os: 'bottlerocket' },
    message:
      'spec.os: Unsupported value: "bottlerocket": supported values: "Bottlerocket", "ContainerOptimizedOS"',
  },
  {
    name: 'a mode that there is not',
    spec: { os, mode: 'DryRun' },
    message: 'spec.mode: Unsupported value: "DryRun": supported values: "Apply", "Plan"',
  },
  {
    name: 'a pause that is a word',
    spec: { os, paused: 'yes' },
    message: 'spec.paused: Invalid value: "string": spec.paused in body must be of type boolean',
  },
  {
    name: 'half a version',
    spec: { os, target: { version: '1.26' } },
    message: `spec.target.version: Invalid value: "1.26": ${aVersion}`,
  },
  {
    name: 'a version with a v',
    spec: { os, target: { version: 'v1.26.1' } },
    message: `spec.target.version: Invalid value: "v1.26.1": ${aVersion}`,
  },
  {
    name: 'the newest version in the wrong case',
    spec: { os, target: { version: 'latest' } },
    message: `spec.target.version: Invalid value: "latest": ${aVersion}`,
  },
  {
    name: 'a range of versions',
    spec: { os, target: { version: '^1.26.1' } },
    message: `spec.target.version: Invalid value: "^1.26.1": ${aVersion}`,
  },
  {
    name: 'a version that is a number',
    spec: { os, target: { version: 1.26 } },
    message:
      'spec.target.version: Invalid value: "number": spec.target.version in body must be of type string',
  },
  {
    name: 'an approved version where nobody has to approve',
    spec: { os, target: { approvedVersion: '1.26.1' } },
    message: 'spec.target.approvedVersion: Forbidden: must be left out unless `approval` is Manual',
  },
  {
    name: 'an exact version that is denied',
    spec: { os, target: { version: '1.26.1', deny: ['1.26.0', '1.26.1'] } },
    message: 'must not be among `deny`',
  },
  {
    name: 'an approved version that is denied',
    spec: { os, target: { approval: 'Manual', approvedVersion: '1.26.1', deny: ['1.26.1'] } },
    message: 'must not be among `deny`',
  },
  {
    name: 'an approved version that is not the exact one',
    spec: { os, target: { version: '1.26.1', approval: 'Manual', approvedVersion: '1.26.0' } },
    message: 'must be the version that `version` names',
  },
  {
    name: 'an approval by somebody unknown',
    spec: { os, target: { approval: 'Committee' } },
    message: 'spec.target.approval: Unsupported value: "Committee": supported values: "Automatic", "Manual"',
  },
  {
    name: 'an age in days',
    spec: { os, target: { minimumAge: '7d' } },
    message: aDuration,
  },
  {
    name: 'a denied range of versions',
    spec: { os, target: { deny: ['1.26.x'] } },
    message: 'must be a version such as 1.26.1, or a build id such as 18613.164.98',
  },
  {
    name: 'an exact version of an operating system that chooses by itself',
    spec: { os: 'ContainerOptimizedOS', target: { version: '18613.164.98' } },
    message:
      'spec.target.version: Invalid value: "18613.164.98" must be `Latest` where `os` is ContainerOptimizedOS: its update server alone chooses the version',
  },
  {
    name: 'waves of an operating system without them',
    spec: { os: 'ContainerOptimizedOS', bottlerocket: { ignoreWaves: true } },
    message: 'spec.bottlerocket: Forbidden: must be left out unless `os` is Bottlerocket',
  },
  {
    name: 'a wish about waves that is a word',
    spec: { os, bottlerocket: { ignoreWaves: 'yes' } },
    message:
      'spec.bottlerocket.ignoreWaves: Invalid value: "string": spec.bottlerocket.ignoreWaves in body must be of type boolean',
  },
  {
    name: 'a priority that is a word',
    spec: { os, priority: 'high' },
    message: 'spec.priority: Invalid value: "string": spec.priority in body must be of type integer',
  },
  {
    name: 'a priority past the end',
    spec: { os, priority: 1_000_001 },
    message:
      'spec.priority: Invalid value: 1000001: spec.priority in body should be less than or equal to 1000000',
  },
  {
    name: 'an interval in days',
    spec: { os, checkInterval: '1d' },
    message: `spec.checkInterval: Invalid value: "1d": ${aDuration}`,
  },
  {
    name: 'an interval that is a number',
    spec: { os, checkInterval: 3600 },
    message:
      'spec.checkInterval: Invalid value: "integer": spec.checkInterval in body must be of type string',
  },
  {
    name: 'an interval that would weigh on the fleet',
    spec: { os, checkInterval: '1m' },
    message: 'spec.checkInterval: Invalid value: "1m": must be at least 5m',
  },
  {
    name: 'a soak without a unit',
    spec: { os, rollout: { soak: '30' } },
    message: `spec.rollout.soak: Invalid value: "30": ${aDuration}`,
  },
  {
    name: 'a soak with a sign',
    spec: { os, rollout: { soak: '-30s' } },
    message: `spec.rollout.soak: Invalid value: "-30s": ${aDuration}`,
  },
  {
    name: 'no node at all',
    spec: { os, rollout: { maxUnavailable: 0 } },
    message: `spec.rollout.maxUnavailable: Invalid value: 0: ${aCount}`,
  },
  {
    name: 'no percent at all',
    spec: { os, rollout: { maxUnavailable: '0%' } },
    message: `spec.rollout.maxUnavailable: Invalid value: "0%": ${aCount}`,
  },
  {
    name: 'more than all',
    spec: { os, rollout: { maxUnavailable: '120%' } },
    message: `spec.rollout.maxUnavailable: Invalid value: "120%": ${aCount}`,
  },
  {
    name: 'a number in quotes',
    spec: { os, rollout: { maxUnavailable: '2' } },
    message: `spec.rollout.maxUnavailable: Invalid value: "2": ${aCount}`,
  },
  {
    name: 'half a node',
    spec: { os, rollout: { maxUnavailable: 1.5 } },
    message:
      'spec.rollout.maxUnavailable: Invalid value: "number": spec.rollout.maxUnavailable in body must be of type integer,string',
  },
  {
    name: 'a halt before the first failure',
    spec: { os, rollout: { maxFailures: 0 } },
    message: `spec.rollout.maxFailures: Invalid value: 0: ${aCount}`,
  },
  {
    name: 'fewer than no downloads',
    spec: { os, rollout: { prefetch: { maxConcurrent: -1 } } },
    message: `spec.rollout.prefetch.maxConcurrent: Invalid value: -1: ${aCount}`,
  },
  {
    name: 'no time to drain',
    spec: { os, drain: { timeout: '0s' } },
    message: 'spec.drain.timeout: Invalid value: "0s": must be at least 1s',
  },
  {
    name: 'negative grace',
    spec: { os, drain: { gracePeriodSeconds: -1 } },
    message:
      'spec.drain.gracePeriodSeconds: Invalid value: -1: spec.drain.gracePeriodSeconds in body should be greater than or equal to 0',
  },
  {
    name: 'an end of the drain that there is not',
    spec: { os, drain: { onTimeout: 'Force' } },
    message: 'spec.drain.onTimeout: Unsupported value: "Force": supported values: "Release", "Fail"',
  },
  {
    name: 'a boot that takes centuries',
    spec: { os, reboot: { timeout: '9999999h' } },
    message: `spec.reboot.timeout: Invalid value: "9999999h": ${aDuration}`,
  },
  {
    name: 'a text of endless parts',
    spec: { os, reboot: { timeout: '1s'.repeat(20) } },
    message: 'spec.reboot.timeout: Too long: may not be more than 32 bytes',
  },
  {
    name: 'no attempt',
    spec: { os, retry: { limit: 0 } },
    message:
      'spec.retry.limit: Invalid value: 0: spec.retry.limit in body should be greater than or equal to 1',
  },
  {
    name: 'a selector of nodes by a key that is none',
    spec: { os, nodeSelector: { matchLabels: { 'node pool': 'a' } } },
    message: `spec.nodeSelector.matchLabels: Invalid value: the key "node pool" ${aKey}`,
  },
  {
    name: 'a selector of nodes by a value that is none',
    spec: { os, nodeSelector: { matchLabels: { pool: 'a b' } } },
    message: `spec.nodeSelector.matchLabels[pool]: Invalid value: "a b": ${aValue}`,
  },
  {
    name: 'a selector by an operator that there is not',
    spec: { os, nodeSelector: { matchExpressions: [{ key: 'pool', operator: 'Equals', values: ['a'] }] } },
    message:
      'spec.nodeSelector.matchExpressions[0].operator: Unsupported value: "Equals": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
  },
  {
    name: 'In without values',
    spec: { os, nodeSelector: { matchExpressions: [{ key: 'pool', operator: 'In' }] } },
    message:
      'spec.nodeSelector.matchExpressions[0].values: Required value: must be given for the operators In and NotIn',
  },
  {
    name: 'Exists with values',
    spec: {
      os,
      drain: { skipPods: { matchExpressions: [{ key: 'app', operator: 'Exists', values: ['a'] }] } },
    },
    message:
      'spec.drain.skipPods.matchExpressions[0].values: Forbidden: must be left out for the operators Exists and DoesNotExist',
  },
  {
    name: 'a gate at an address with a user in it',
    spec: {
      os,
      health: { gates: [{ name: 'a', prometheus: { url: 'http://me:secret@host', query: 'up' } }] },
    },
    message: `spec.health.gates[0].prometheus.url: Invalid value: "http://me:secret@host": ${aPrometheus}`,
  },
  {
    name: 'a gate at something that is no address',
    spec: { os, health: { gates: [{ name: 'a', prometheus: { url: 'prometheus:9090', query: 'up' } }] } },
    message: `spec.health.gates[0].prometheus.url: Invalid value: "prometheus:9090": ${aPrometheus}`,
  },
  {
    name: 'a gate without a question',
    spec: { os, health: { gates: [{ name: 'a', prometheus: { url: 'http://host' } }] } },
    message: 'spec.health.gates[0].prometheus.query: Required value',
  },
  {
    name: 'two gates of one name',
    spec: {
      os,
      health: {
        gates: ['up', 'down'].map((query) => ({ name: 'a', prometheus: { url: 'http://host', query } })),
      },
    },
    message: 'spec.health.gates[1]: Duplicate value',
  },
  {
    name: 'a gate that passes sometimes',
    spec: {
      os,
      health: {
        gates: [{ name: 'a', prometheus: { url: 'http://host', query: 'up', passes: 'Sometimes' } }],
      },
    },
    message:
      'spec.health.gates[0].prometheus.passes: Unsupported value: "Sometimes": supported values: "WhenEmpty", "WhenNotEmpty"',
  },
  {
    name: 'a token in the Secret of another namespace',
    spec: {
      os,
      health: {
        gates: [
          { name: 'a', prometheus: { url: 'http://host', query: 'up', tokenSecret: { name: 'other/one' } } },
        ],
      },
    },
    message: 'spec.health.gates[0].prometheus.tokenSecret.name: Invalid value: "other/one": must be',
  },
  {
    name: 'a condition with a status that there is not',
    spec: { os, health: { nodeConditions: [{ type: 'DiskPressure', status: 'No' }] } },
    message:
      'spec.health.nodeConditions[0].status: Unsupported value: "No": supported values: "True", "False", "Unknown"',
  },
  {
    name: 'a condition twice',
    spec: { os, health: { nodeConditions: [{ type: 'A' }, { type: 'A' }] } },
    message: 'spec.health.nodeConditions[1]: Duplicate value',
  },
  {
    name: 'a start of four fields',
    spec: { os, schedule: { windows: [{ start: '22 * * *', duration: '6h' }] } },
    message: `spec.schedule.windows[0].start: Invalid value: "22 * * *": ${aCron}`,
  },
  {
    name: 'a start with seconds',
    spec: { os, schedule: { windows: [{ start: '0 0 22 * * *', duration: '6h' }] } },
    message: `spec.schedule.windows[0].start: Invalid value: "0 0 22 * * *": ${aCron}`,
  },
  {
    name: 'a start by a nickname',
    spec: { os, schedule: { windows: [{ start: '@daily', duration: '6h' }] } },
    message: `spec.schedule.windows[0].start: Invalid value: "@daily": ${aCron}`,
  },
  {
    name: 'a window of seconds',
    spec: { os, schedule: { windows: [{ start: '0 22 * * *', duration: '30s' }] } },
    message: 'spec.schedule.windows[0].duration: Invalid value: "30s": must be at least 1m',
  },
  {
    name: 'a window without a duration',
    spec: { os, schedule: { windows: [{ start: '0 22 * * *' }] } },
    message: 'spec.schedule.windows[0].duration: Required value',
  },
  {
    name: 'an offset for a time zone',
    spec: { os, schedule: { timeZone: '+02:00' } },
    message:
      'spec.schedule.timeZone: Invalid value: "+02:00": must be a time zone of the IANA database such as Europe/Berlin or UTC',
  },
  {
    name: 'a blackout that ends before it begins',
    spec: {
      os,
      schedule: { blackouts: [{ from: '2026-12-24T00:00:00Z', to: '2026-12-23T00:00:00Z' }] },
    },
    message: 'must be later than `from`',
  },
  {
    name: 'a blackout that begins on a day without a time',
    spec: { os, schedule: { blackouts: [{ from: '2026-12-24', to: '2027-01-02T00:00:00Z' }] } },
    message: 'spec.schedule.blackouts[0].from: Invalid value: "2026-12-24"',
  },
  {
    name: 'options of the other operating system',
    spec: { os, containerOptimizedOS: { startUpdateEngine: true } },
    message: 'spec.containerOptimizedOS: Forbidden: must be left out unless `os` is ContainerOptimizedOS',
  },
  {
    name: 'a host command that there is not',
    spec: { os: 'ContainerOptimizedOS', containerOptimizedOS: { hostCommand: 'Ssh' } },
    message:
      'spec.containerOptimizedOS.hostCommand: Unsupported value: "Ssh": supported values: "Chroot", "Nsenter"',
  },
  {
    name: 'a hook without an image',
    spec: { os, hooks: { beforeDrain: { command: ['/run'] } } },
    message: 'spec.hooks.beforeDrain.image: Required value',
  },
  {
    name: 'an image of two words in a hook',
    spec: { os, hooks: { afterUpdate: { image: 'a b' } } },
    message: 'spec.hooks.afterUpdate.image: Invalid value: "a b": must be an image reference without spaces',
  },
  {
    name: 'a variable of a hook that the operator sets itself',
    spec: { os, hooks: { beforeDrain: { image: 'a', env: [{ name: 'CONTAINEROS_NODE', value: 'n1' }] } } },
    message: 'must not begin with CONTAINEROS_, which the operator sets itself',
  },
  {
    name: 'a hook that asks for a device',
    spec: { os, hooks: { beforeDrain: { image: 'a', resources: { limits: { 'example.com/gpu': '1' } } } } },
    message: 'must have no other keys than cpu, memory and ephemeral-storage',
  },
  {
    name: 'an amount that is none in a hook',
    spec: { os, hooks: { beforeDrain: { image: 'a', resources: { requests: { cpu: 'much' } } } } },
    message: 'must have quantities such as 100m or 64Mi as values',
  },
  {
    name: 'a volume in a hook',
    spec: { os, hooks: { beforeDrain: { image: 'a', volumes: [] } } },
    message: 'unknown field "spec.hooks.beforeDrain.volumes"',
    unknownField: true,
  },
  {
    name: 'a misspelt field',
    spec: { os, rolout: {} },
    message: 'unknown field "spec.rolout"',
    unknownField: true,
  },
  {
    name: 'a misspelt field further down',
    spec: { os, rollout: { maxUnavailble: 2 } },
    message: 'unknown field "spec.rollout.maxUnavailble"',
    unknownField: true,
  },
];
