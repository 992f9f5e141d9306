/** A lab of a scene's own, where the operator lives, as helm installs it, on the very nodes that it updates; the recorder looks on. */
import { join } from 'node:path';
import type { Recording } from '../../recorder/record.ts';
import { record } from '../../recorder/record.ts';
import type { Violation } from '../../recorder/violation.ts';
import { formatViolation } from '../../recorder/violation.ts';
import type { ApiList, ApiObject } from '../../lab/api/api-client.ts';
import type { ChartValues } from '../../lab/chart.ts';
import { installOperator } from '../../lab/chart.ts';
import { operatorNamespace } from '../../lab/control-plane/audit-policy.ts';
import { makeOperatorImage } from '../../lab/image.ts';
import type { Lab } from '../../lab/lab.ts';
import { startLab } from '../../lab/lab.ts';
import { readJournal } from '../../lab/machine/reboot-journal.ts';
import type { Scene } from './scene.ts';
import { openScene } from './scene.ts';
import { noteUsedRights } from './rights.ts';
import { operatorSettings } from './waits.ts';

export interface HomeLab {
  readonly lab: Lab;
  readonly scene: Scene;
  /** What happened to a node's machine since the lab's start: `asked`, `down`, `up` for each reboot. */
  reboots(name: string): readonly string[];
  operatorPods(): Promise<readonly OperatorPod[]>;
  /** Ends the record; answers the story of each invariant that broke. */
  broken(except?: (violation: Violation) => boolean): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface OperatorPod extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly uid: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly { readonly restartCount: number }[];
  };
}

export interface HomeLabOptions {
  readonly prefix: string;
  /** The nodes that must be there before the operator can be. */
  readonly prepare: (scene: Scene) => Promise<void>;
  /** Beside the short waits of scenes. */
  readonly values?: ChartValues;
}

export const homeValues: ChartValues = { settings: operatorSettings, logLevel: 'debug' };

export async function openHomeLab({ prefix, prepare, values }: HomeLabOptions): Promise<HomeLab> {
  const lab = await startLab({ images: (dir) => [makeOperatorImage(join(dir, 'image'))] });
  let recording: Recording | undefined;
  try {
    const scene = await openScene(prefix, lab);
    await prepare(scene);
    await installOperator(lab, { values: { ...homeValues, ...values } });
    recording = await record(lab);
    const running = recording;
    return {
      lab,
      scene,
      reboots: (name) => readJournal(join(lab.dir, 'nodes', scene.full(name))).map(({ event }) => event),
      operatorPods: () => operatorPods(lab),
      broken: async (except = () => false) => {
        const violations = await running.stop();
        return violations.filter((one) => !except(one)).map((one) => formatViolation(one));
      },
      close: async () => {
        await running.abandon();
        noteUsedRights(lab);
        await lab.stop();
      },
    };
  } catch (error) {
    await recording?.abandon();
    await lab.stop();
    throw error;
  }
}

async function operatorPods({ client }: Lab): Promise<readonly OperatorPod[]> {
  const path = `/api/v1/namespaces/${operatorNamespace}/pods`;
  return (await client.get<ApiList<OperatorPod>>(path)).items;
}

/** Ready, and not on its way out. */
export const isReadyPod = ({ metadata, status }: OperatorPod): boolean =>
  metadata.deletionTimestamp === undefined &&
  (status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false);
