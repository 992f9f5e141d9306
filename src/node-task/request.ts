/** The request in the environment, or why it is none. */
import { type TaskRequest, taskRequest } from '../api/task.ts';

export class RequestError extends Error {
  override readonly name = 'RequestError';
}

/** Throws RequestError, with a sentence for a person. */
export function readRequest(text: string | undefined): TaskRequest {
  if (text === undefined || text === '')
    throw new RequestError('CONTAINEROS_TASK is not set: there is nothing to do.');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new RequestError(`CONTAINEROS_TASK is not JSON: ${String(error)}`, { cause: error });
  }
  const parsed = taskRequest.safeParse(json);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`);
  throw new RequestError(`CONTAINEROS_TASK is not a task request: ${issues.join('; ')}`);
}
