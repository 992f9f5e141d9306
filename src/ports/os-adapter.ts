/** One operating system: how to recognise and compare (pure, OsRules), what a task's Pod needs from the host, and its options. */
import type { TaskKind } from '../api/task.ts';
import type { OsRules } from '../plan/os-rules.ts';

/** Least mounts and rights of a task Pod, in plain words; the Kubernetes adapter makes the Pod. */
export interface TaskPodNeeds {
  readonly hostPaths: readonly {
    readonly name: string;
    readonly hostPath: string;
    readonly type: 'Socket' | 'Directory' | '';
    readonly mountPath: string;
  }[];
  readonly runAsUser: number;
  readonly capabilities: readonly string[];
  readonly seLinux:
    | { readonly user: string; readonly role: string; readonly type: string; readonly level: string }
    | undefined;
  readonly appArmorUnconfined: boolean;
  readonly privileged: boolean;
  readonly hostPID: boolean;
}

export interface OsAdapter extends OsRules {
  readonly podNeeds: (task: TaskKind, options: Readonly<Record<string, unknown>>) => TaskPodNeeds;
}
