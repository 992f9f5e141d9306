/** What the policy may say about Bottlerocket only, and what is noted of the host's own settings, as it travels in a task request. */
import { z } from 'zod';
import { type Pins, restoreNote } from '../../../api/restore.ts';
import type { TaskRequest } from '../../../api/task.ts';

export const bottlerocketOptions = z.object({
  ignoreWaves: z.boolean().default(false),
  /** Stage: only tell what is offered, which a wave may hide from an Inspect. */
  listOnly: z.boolean().default(false),
  /** Stage: what is on the Node, without which no setting is changed. Inspect: what is to be put back. */
  restore: restoreNote.exactOptional(),
});

export type BottlerocketOptions = z.output<typeof bottlerocketOptions>;

/** What must be in force on the host for the target; nothing where the host is to choose for itself. */
export function pinsOf(
  { target }: Pick<TaskRequest, 'target'>,
  { ignoreWaves, listOnly }: BottlerocketOptions,
): Pins {
  return {
    ...(target === undefined || listOnly ? {} : { 'version-lock': target }),
    ...(ignoreWaves ? { 'ignore-waves': true } : {}),
  };
}
