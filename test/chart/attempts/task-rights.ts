/** Task Pods with a field more, or another value, than the operator's own code gives them: each is a way to more of a host. */
import { bottlerocketAdapter } from '../../../src/adapters/os/bottlerocket/adapter.ts';
import { cosAdapter } from '../../../src/adapters/os/cos/adapter.ts';
import { tasks } from '../fenced-cluster.ts';
import type { Attempt } from './attempt.ts';
import { changed } from './task-pods.ts';

/** The same change of the Pods of both systems. */
const ofBoth = (
  name: string,
  change: { readonly spec?: object; readonly container?: object; readonly metadata?: object },
  refusal: string,
): readonly Attempt[] =>
  [cosAdapter, bottlerocketAdapter].map((adapter) => ({
    name: `make a task Pod ${name}, on ${adapter.os}`,
    send: (as) => as.create(tasks, changed(adapter, change.spec ?? {}, change.container, change.metadata)),
    refusal,
  }));

const attempt = (
  name: string,
  adapter: typeof cosAdapter,
  change: { readonly spec?: object; readonly container?: object },
  refusal: string,
): Attempt => ({
  name: `make a task Pod ${name}`,
  send: (as) => as.create(tasks, changed(adapter, change.spec ?? {}, change.container)),
  refusal,
});

const container = 'spec.containers[0]';
/** As the tasks of both systems have them. */
const own = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
};
const asRoot = { runAsUser: 0, runAsGroup: 0 };
const filtered = { ...asRoot, seccompProfile: { type: 'RuntimeDefault' } };
const label = (type: string) => ({ user: 'system_u', role: 'system_r', type, level: 's0' });
const onlyOwn = `${container}.securityContext: must be of privileged, allowPrivilegeEscalation, readOnlyRootFilesystem and capabilities only`;
const onlyProfiles =
  'spec.securityContext: must run as user and group 0, and have no other field than its three profiles';
const onlySocket = 'spec.volumes[0].hostPath.type: must be Directory for / and Socket for /run/api.sock';
const onlyControl =
  'spec.securityContext.seLinuxOptions: must be system_u:system_r:control_t:s0 where /run/api.sock is mounted';
const onlyNothing = `${container}.resources: must request exactly 0 of everything`;
const onlyMessage = `${container}.terminationMessagePath and terminationMessagePolicy: must be /dev/termination-log`;

const ofSecurity: readonly Attempt[] = [
  ...ofBoth(
    'with a label that may change any file, of the container',
    { container: { securityContext: { ...own, seLinuxOptions: label('super_t') } } },
    onlyOwn,
  ),
  ...ofBoth(
    'with a label that may change any file',
    { spec: { securityContext: { ...filtered, seLinuxOptions: label('super_t') } } },
    onlyControl,
  ),
  attempt(
    'with the label of the socket and the root of the host',
    cosAdapter,
    { spec: { securityContext: { ...filtered, seLinuxOptions: label('control_t') } } },
    onlyControl,
  ),
  ...ofBoth(
    'without a filter of system calls, of the container',
    { container: { securityContext: { ...own, seccompProfile: { type: 'Unconfined' } } } },
    onlyOwn,
  ),
  attempt(
    'without a filter of system calls',
    cosAdapter,
    {
      spec: {
        securityContext: {
          ...asRoot,
          seccompProfile: { type: 'Unconfined' },
          appArmorProfile: { type: 'Unconfined' },
        },
      },
    },
    'spec.securityContext.seccompProfile: must be RuntimeDefault',
  ),
  attempt(
    'without AppArmor where none is in the way',
    bottlerocketAdapter,
    {
      spec: {
        securityContext: {
          ...filtered,
          seLinuxOptions: label('control_t'),
          appArmorProfile: { type: 'Unconfined' },
        },
      },
    },
    'spec.securityContext.appArmorProfile: must be Unconfined where / is mounted, and nothing else',
  ),
  ...ofBoth(
    'that sees all of /proc',
    { spec: { hostUsers: false }, container: { securityContext: { ...own, procMount: 'Unmasked' } } },
    onlyOwn,
  ),
  ...ofBoth(
    'that is another user, of the container',
    { container: { securityContext: { ...own, runAsUser: 1000 } } },
    onlyOwn,
  ),
  attempt(
    'of another group of files',
    cosAdapter,
    { spec: { securityContext: { ...filtered, appArmorProfile: { type: 'Unconfined' }, fsGroup: 1 } } },
    onlyProfiles,
  ),
  attempt(
    'that is another user',
    cosAdapter,
    {
      spec: {
        securityContext: { ...filtered, runAsUser: 1000, appArmorProfile: { type: 'Unconfined' } },
      },
    },
    onlyProfiles,
  ),
  ...ofBoth(
    'that may write to its own root',
    { container: { securityContext: { ...own, readOnlyRootFilesystem: false } } },
    `${container}.securityContext.readOnlyRootFilesystem: must be true`,
  ),
  attempt(
    'with a capability beside the socket',
    bottlerocketAdapter,
    { container: { securityContext: { ...own, capabilities: { drop: ['ALL'], add: ['SYS_CHROOT'] } } } },
    `${container}.securityContext: must be without privileges and capabilities where /run/api.sock is mounted`,
  ),
];

const ofMounts: readonly Attempt[] = [
  ...['', 'DirectoryOrCreate', 'FileOrCreate'].flatMap((type) => [
    attempt(
      `that mounts the socket as ${type === '' ? 'anything' : type}`,
      bottlerocketAdapter,
      { spec: { volumes: [{ name: 'api-socket', hostPath: { path: '/run/api.sock', type } }] } },
      onlySocket,
    ),
  ]),
  attempt(
    'that mounts the root as anything',
    cosAdapter,
    { spec: { volumes: [{ name: 'host', hostPath: { path: '/' } }] } },
    onlySocket,
  ),
  attempt(
    'that sees what its host mounts later',
    cosAdapter,
    {
      container: {
        volumeMounts: [{ name: 'host', mountPath: '/host', mountPropagation: 'HostToContainer' }],
      },
    },
    `${container}.volumeMounts[0]: must have a name and a mountPath, and nothing else`,
  ),
  ...ofBoth(
    'whose last words are a file of its host',
    { container: { terminationMessagePath: '/host/etc/cron.d/mine' } },
    onlyMessage,
  ),
  ...ofBoth(
    'whose log is not its last words',
    { container: { terminationMessagePolicy: 'File' } },
    onlyMessage,
  ),
];

const ofResources: readonly Attempt[] = [
  ...Object.entries({
    'requests a processor': { requests: { cpu: '100', memory: '0' } },
    'requests a little memory': { requests: { cpu: '0', memory: '1' } },
    'requests what it is limited in': { limits: { memory: '128Mi' } },
    'requests a disk': { requests: { cpu: '0', memory: '0', 'ephemeral-storage': '1Gi' } },
  }).flatMap(([name, resources]) => ofBoth(`that ${name}`, { container: { resources } }, onlyNothing)),
];

const ofOthers: readonly Attempt[] = [
  ...Object.entries({
    dnsConfig: { nameservers: ['192.0.2.1'] },
    hostAliases: [{ ip: '192.0.2.1', hostnames: ['registry.example.com'] }],
    hostUsers: false,
    hostname: 'mine',
    readinessGates: [{ conditionType: 'example.com/mine' }],
    shareProcessNamespace: true,
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: {} },
    ],
    affinity: { nodeAffinity: {} },
  }).flatMap(([field, value]) =>
    ofBoth(`with ${field}`, { spec: { [field]: value } }, `spec.${field}: a task has none`),
  ),
  ...Object.entries({
    ports: [{ containerPort: 80, hostPort: 80 }],
    stdin: true,
    tty: true,
  }).flatMap(([field, value]) =>
    ofBoth(`with ${field}`, { container: { [field]: value } }, `${container}.${field}: a task has none`),
  ),
  ...ofBoth(
    'with an annotation that a runtime acts on',
    { metadata: { annotations: { 'devices.nri.io/container.task': '- path: /dev/sda' } } },
    'metadata.annotations[devices.nri.io/container.task]: a task has none',
  ),
  ...ofBoth(
    'without an end',
    { spec: { activeDeadlineSeconds: undefined } },
    'spec.activeDeadlineSeconds: must be set',
  ),
];

/** As `hostCommand: Nsenter` has it, with a change. */
const privileged = (container: object, spec: object = {}) => ({
  spec: { hostPID: true, ...spec },
  container: { securityContext: { privileged: true, readOnlyRootFilesystem: true }, ...container },
});

/** Where the chart allows `hostCommand: Nsenter`. */
export const besidePrivileged: readonly Attempt[] = [
  attempt(
    'among the processes of its host without being privileged',
    cosAdapter,
    { spec: { hostPID: true } },
    'spec.hostPID: must be true where the container is privileged, and only there',
  ),
  attempt(
    'that is privileged beside the socket',
    bottlerocketAdapter,
    privileged({}),
    `${container}.securityContext: must be without privileges and capabilities where /run/api.sock is mounted`,
  ),
  attempt(
    'that is privileged and of another image',
    cosAdapter,
    privileged({ image: 'registry.example.com/mine:v1' }),
    `${container}.image: must be `,
  ),
  attempt(
    'that is privileged and runs another program of the image',
    cosAdapter,
    privileged({ command: ['/usr/bin/nsenter', '-t', '1', '-m', '--', 'sh'] }),
    `${container}.command: must be ['/nodejs/bin/node', '/app/node-task.js']`,
  ),
  attempt(
    'that is privileged and has one more variable, which loads a program',
    cosAdapter,
    privileged({ env: [{ name: 'NODE_OPTIONS', value: '--import=/host/mine.js' }] }),
    `${container}.env: must be CONTAINEROS_TASK with a plain value, and nothing else`,
  ),
  attempt(
    'that is privileged and in the network of its host',
    cosAdapter,
    privileged(
      {},
      { hostNetwork: true, securityContext: { ...asRoot, appArmorProfile: { type: 'Unconfined' } } },
    ),
    'spec.hostNetwork and spec.hostIPC: must be false',
  ),
];

export const ofTaskRights: readonly Attempt[] = [...ofSecurity, ...ofMounts, ...ofResources, ...ofOthers];
