/** The body of `GET /updates/status`, checked and in our words. */
import { z } from 'zod';

/**
 * Characters of the updater's error text that are kept: its end, where the error is. A node tells 1,024 characters, and what its Pod and
 * the operator say around this text comes before that end.
 */
const keptErrorText = 800;

const image = z.object({ version: z.string() });
const partition = z.object({ image, next_to_boot: z.boolean() });

export const updateStatus = z
  .object({
    update_state: z.enum(['Idle', 'Available', 'Staged', 'Ready']),
    available_updates: z.array(z.string()),
    chosen_update: image.nullable(),
    active_partition: partition.nullable(),
    staging_partition: partition.nullable(),
    most_recent_command: z
      .object({
        cmd_type: z.string(),
        cmd_status: z.string(),
        timestamp: z.string(),
        exit_status: z.number().nullable(),
        stderr: z.string().nullable(),
      })
      .nullable(),
  })
  .transform((body) => ({
    state: body.update_state,
    listed: body.available_updates,
    chosen: body.chosen_update?.version,
    active: bank(body.active_partition),
    staging: bank(body.staging_partition),
    command:
      body.most_recent_command === null
        ? undefined
        : {
            type: body.most_recent_command.cmd_type,
            succeeded: body.most_recent_command.cmd_status === 'Success',
            timestamp: body.most_recent_command.timestamp,
            exitStatus: body.most_recent_command.exit_status ?? undefined,
            errorText: (body.most_recent_command.stderr ?? '').trim().slice(-keptErrorText),
          },
  }));

export type UpdateStatus = z.output<typeof updateStatus>;

function bank(value: z.output<typeof partition> | null) {
  return value === null ? undefined : { version: value.image.version, nextToBoot: value.next_to_boot };
}
