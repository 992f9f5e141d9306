/** An answer of the API server that is an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status code. */
  readonly status: number;
  /** The Status object's reason, for instance `NotFound`; empty when the body is none. */
  readonly reason: string;

  constructor(request: string, status: number, reason: string, message: string) {
    super(`${request}: ${String(status)} ${reason} ${message}`);
    this.status = status;
    this.reason = reason;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}
