/** The operator as a program beside a lab, which a test may end and stop as it likes, behind a proxy of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeOperatorKubeconfig } from '../../lab/chart.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Child } from '../../lab/process/child.ts';
import { startChild } from '../../lab/process/child.ts';
import { writeFileAtomically } from '../../lab/process/write-file-atomically.ts';
import { hooksNamespace } from '../../recorder/world/audit.ts';
import type { FaultProxy } from './fault-proxy.ts';
import { startFaultProxy } from './fault-proxy.ts';

export interface OperatorProcess {
  /** Unlike those of all others of this lab. */
  readonly name: string;
  readonly proxy: FaultProxy;
  readonly process: Child;
  /** JSON lines. */
  readonly logFile: string;
  /** SIGKILL, and the end of its proxy. */
  end(): Promise<void>;
}

export interface OperatorStart {
  readonly name: string;
  /** As Helm values have them. */
  readonly settings: Readonly<Record<string, string>>;
}

/** Starts the program that is in the lab's image, with the rights that the chart grants; the chart must be installed. */
export async function startOperatorProcess(
  lab: Lab,
  { name, settings }: OperatorStart,
): Promise<OperatorProcess> {
  const proxy = await startFaultProxy(lab.controlPlane);
  const direct = readFileSync(await writeOperatorKubeconfig(lab), 'utf8');
  const kubeconfig = join(lab.dir, `${name}.kubeconfig`);
  writeFileAtomically(kubeconfig, direct.replaceAll(lab.controlPlane.server, proxy.server), 0o600);
  const logFile = join(lab.dir, 'logs', `${name}.log`);
  const child = startChild({
    name,
    command: process.execPath,
    args: [join(lab.dir, 'image/app/operator.js'), '--kubeconfig', kubeconfig],
    logFile,
    labNode: lab.programs.labNode,
    env: {
      PATH: process.env['PATH'],
      HTTP_PORT: '0',
      LOG_LEVEL: 'debug',
      HOOKS_NAMESPACE: hooksNamespace,
      CONTAINEROS_SETTINGS: JSON.stringify(settings),
    },
  });
  return {
    name,
    proxy,
    process: child,
    logFile,
    end: async () => {
      await child.kill();
      await proxy.close();
    },
  };
}
