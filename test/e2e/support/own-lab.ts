/** A lab for scenes that end and stop the operator: it runs beside the lab, of which the chart gives it its rights and nothing more; the recorder looks on. */
import { join } from 'node:path';
import { installOperator } from '../../lab/chart.ts';
import { makeOperatorImage } from '../../lab/image.ts';
import type { Lab } from '../../lab/lab.ts';
import { startLab } from '../../lab/lab.ts';
import { record } from '../../recorder/record.ts';
import { formatViolation } from '../../recorder/violation.ts';
import { hooksNamespace } from '../../recorder/world/audit.ts';
import type { OperatorProcess } from './operator-process.ts';
import { startOperatorProcess } from './operator-process.ts';
import { noteUsedRights } from './rights.ts';
import { operatorSettings, slow } from './waits.ts';

export interface OwnLab {
  readonly lab: Lab;
  /** One more operator; `settings` as Helm values have them, over those of all. */
  readonly start: (settings?: Readonly<Record<string, string>>) => Promise<OperatorProcess>;
  /** The story of each invariant that broke so far. */
  violations(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** Seconds after which another operator takes the place of one that is not heard of, unless a test wants it otherwise. */
export const usualLeaseSeconds = slow ? 15 : 4;

/** As with the waits that ship, whoever takes over finds an order that is still good. */
const quick = (seconds: number): Readonly<Record<string, string>> => ({
  leaseDuration: `${String(seconds)}s`,
  renewDeadline: `${String(seconds - 1)}s`,
  retryPeriod: '300ms',
  orderValidity: '20s',
});

export async function openOwnLab(leaseSeconds: number = usualLeaseSeconds): Promise<OwnLab> {
  const lab = await startLab({ images: (dir) => [makeOperatorImage(join(dir, 'image'))] });
  const operators: OperatorProcess[] = [];
  await installOperator(lab, { values: { replicas: 0, hooks: { namespace: hooksNamespace } } });
  const recording = await record(lab);
  return {
    lab,
    start: async (settings = {}) => {
      const name = `operator-${String(operators.length + 1)}`;
      const operator = await startOperatorProcess(lab, {
        name,
        settings: { ...operatorSettings, ...(slow ? {} : { ...quick(leaseSeconds), ...settings }) },
      });
      operators.push(operator);
      return operator;
    },
    violations: async () => (await recording.check()).map((violation) => formatViolation(violation)),
    close: async () => {
      await recording.abandon();
      for (const operator of operators) await operator.end();
      noteUsedRights(lab);
      await lab.stop();
    },
  };
}
