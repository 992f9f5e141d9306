/** Absolute paths of the programs that the lab runs. */
export interface Programs {
  readonly etcd: string;
  readonly kubeApiserver: string;
  readonly kubeControllerManager: string;
  readonly kubeScheduler: string;
  readonly kubectl: string;
  readonly helm: string;
  /** The kubelet over a simulated machine, the keys and certificates, the wrapper that ties a program's life to its parent's. */
  readonly labNode: string;
  /** The static program that plays `update_engine_client`, `systemctl` and `journalctl` in a simulated COS root. */
  readonly hostTool: string;
}
