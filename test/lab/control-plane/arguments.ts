/** How each program of the control plane is called. Every listener is on the loopback interface. */
import type { Pki } from './pki.ts';

export interface Ports {
  readonly etcdClient: number;
  readonly etcdPeer: number;
  readonly apiServer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
}

export interface ApiServerOptions {
  readonly port: number;
  readonly etcdPort: number;
  readonly auditPolicy: string;
  readonly auditLog: string;
  /** More flags, for instance `--max-requests-inflight=4`. */
  readonly extra: readonly string[];
}

const loopback = '127.0.0.1';

export function etcdArguments(dataDir: string, ports: Pick<Ports, 'etcdClient' | 'etcdPeer'>): string[] {
  const client = `http://${loopback}:${String(ports.etcdClient)}`;
  const peer = `http://${loopback}:${String(ports.etcdPeer)}`;
  return [
    '--name=lab',
    `--data-dir=${dataDir}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=lab=${peer}`,
    // A lab's data need not outlive a power cut, and a slow disk must not slow the tests.
    '--unsafe-no-fsync=true',
    '--quota-backend-bytes=8589934592',
    '--auto-compaction-mode=periodic',
    '--auto-compaction-retention=5m',
    '--log-level=warn',
  ];
}

export function apiServerArguments(pki: Pki, options: ApiServerOptions): string[] {
  return [
    `--etcd-servers=http://${loopback}:${String(options.etcdPort)}`,
    `--bind-address=${loopback}`,
    `--advertise-address=${loopback}`,
    `--secure-port=${String(options.port)}`,
    `--tls-cert-file=${pki.file('apiserver.crt')}`,
    `--tls-private-key-file=${pki.file('apiserver.key')}`,
    `--client-ca-file=${pki.file('ca.crt')}`,
    `--service-account-key-file=${pki.file('sa.pub')}`,
    `--service-account-signing-key-file=${pki.file('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    // Else `kubectl logs` asks the machine's name server for the nodes' names.
    '--kubelet-preferred-address-types=InternalIP',
    '--endpoint-reconciler-type=none',
    `--audit-policy-file=${options.auditPolicy}`,
    `--audit-log-path=${options.auditLog}`,
    ...options.extra,
  ];
}

function controllerFlags(kubeconfig: string, port: number): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    `--bind-address=${loopback}`,
    `--secure-port=${String(port)}`,
    '--leader-elect=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
}

export function controllerManagerArguments(
  pki: Pki,
  kubeconfig: string,
  port: number,
  graceMs: number,
): string[] {
  return [
    ...controllerFlags(kubeconfig, port),
    `--service-account-private-key-file=${pki.file('sa.key')}`,
    `--root-ca-file=${pki.file('ca.crt')}`,
    '--use-service-account-credentials=true',
    `--node-monitor-grace-period=${String(graceMs)}ms`,
    // A short grace period is of use only if somebody looks often enough.
    `--node-monitor-period=${String(Math.min(5000, Math.max(500, graceMs / 8)))}ms`,
  ];
}

export function schedulerArguments(kubeconfig: string, port: number): string[] {
  return controllerFlags(kubeconfig, port);
}
