/** What can go wrong at the API server, in the words of those who react. */

/** The object changed since it was read, or exists already: read again and plan again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
}

/** Network, 5xx, 429 outside evictions. `retryAfterMs` where the server said so. `committed` is unknown: the write may have happened. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly retryAfterMs: number | undefined;
  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(message, { cause: options.cause });
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** 401 or 403 outside evictions: somebody must mend the rights. */
export class ForbiddenError extends Error {
  override readonly name = 'ForbiddenError';
}

/** The API server refused what we sent (400, 422): our bug, or an admission policy. The text is the server's. */
export class InvalidError extends Error {
  override readonly name = 'InvalidError';
}

/** The object, or its namespace, is not there. */
export class NotFoundError extends Error {
  override readonly name = 'NotFoundError';
}

/** The clock was read too long ago, or the lease is not ours any more: the step must not be sent. */
export class StaleError extends Error {
  override readonly name = 'StaleError';
}
