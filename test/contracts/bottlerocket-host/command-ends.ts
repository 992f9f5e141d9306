/** How each recorded command ended, as the looks at the status that follow it tell. */
import { z } from 'zod';
import { wholeBody } from '../bottlerocket-client/whole-body.ts';
import type { RecordedResponse, Step } from './recording.ts';

const image = z.object({ version: z.string() });
const bank = z.object({ image, next_to_boot: z.boolean() }).nullable();
const statusBody = z.object({
  update_state: z.enum(['Idle', 'Available', 'Staged', 'Ready']),
  available_updates: z.array(z.string()),
  chosen_update: image.nullable(),
  active_partition: bank,
  staging_partition: bank,
  most_recent_command: z
    .object({
      cmd_type: z.enum(['refresh', 'prepare', 'activate', 'deactivate']),
      cmd_status: z.string(),
      timestamp: z.string(),
      exit_status: z.number().nullable(),
      stderr: z.string().nullable(),
    })
    .nullable(),
});
export type StatusBody = z.infer<typeof statusBody>;

export const commandOf = /^\/actions\/(refresh|prepare|activate|deactivate)-updates?$/;
export const goneEvent = /^GET \/os\?prefix=version: (FileNotFound|ConnectionRefused)/;

export const single = (step: Step | undefined): RecordedResponse | undefined =>
  Array.isArray(step?.response) ? step.response[0] : step?.response;

export function statusIn(step: Step): StatusBody | undefined {
  const response = single(step);
  if (step.request?.path !== '/updates/status' || response?.status !== 200) return undefined;
  const text = wholeBody(response.body ?? '');
  if (!text.startsWith('{')) return undefined;
  try {
    return statusBody.safeParse(JSON.parse(text)).data;
  } catch {
    // A body that was cut in the recording.
    return undefined;
  }
}

export function releaseIn(steps: readonly Step[]): string | undefined {
  for (const step of steps) {
    const text = step.request?.path === '/os' ? single(step)?.body : step.event;
    const version = /"version_id":"([^"]+)"/.exec(text ?? '')?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

export type End =
  | { readonly kind: 'Ended'; readonly status: StatusBody }
  | { readonly kind: 'Lost'; readonly locked: boolean; readonly restarted: boolean };

/** The status that shows how the command ended which was accepted at this step; undefined where none does. */
export function endOf(
  steps: readonly Step[],
  statuses: readonly (StatusBody | undefined)[],
  index: number,
): End | undefined {
  const command = commandOf.exec(steps[index]?.request?.path ?? '')?.[1];
  if (command === undefined || single(steps[index])?.status !== 204) return undefined;
  const before = statuses.slice(0, index).findLast((status) => status !== undefined);
  let locked = false;
  let restarted = false;
  for (let next = index + 1; next < steps.length; next += 1) {
    const step = steps[next];
    if (step?.request?.path === '/actions/reboot') return undefined;
    if (commandOf.test(step?.request?.path ?? '') && single(step)?.status !== 423) break;
    if (step?.request?.path === '/updates/status' && single(step)?.status === 423) locked = true;
    if (goneEvent.test(step?.event ?? '')) restarted = true;
    const status = statuses[next];
    if (status === undefined) continue;
    const trace = status.most_recent_command;
    const fresh = trace?.timestamp !== before?.most_recent_command?.timestamp;
    return trace?.cmd_type === command && fresh
      ? { kind: 'Ended', status }
      : { kind: 'Lost', locked, restarted };
  }
  return undefined;
}

/** A command that was accepted may still hold the lock at this step. */
export function isInFlight(steps: readonly Step[], index: number): boolean {
  for (let before = index - 1; before >= 0; before -= 1) {
    const step = steps[before];
    const status = single(step)?.status;
    if (commandOf.test(step?.request?.path ?? '') && status === 204) return true;
    if (step?.request?.path === '/updates/status' && status === 200) return false;
  }
  return false;
}
