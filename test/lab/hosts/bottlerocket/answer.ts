/** What an endpoint answers, before it becomes bytes. */
export interface Answer {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string;
  /** Bytes that follow the answer on the wire although its framing has no room for them. */
  readonly stray?: string;
  /** The connection is cut instead of answered. */
  readonly hangUp?: boolean;
  /** Milliseconds for which the server does nothing else before it answers. */
  readonly stallMs?: number;
}

export const noContent: Answer = { status: 204 };

/** A path or method that the server does not know: always 404, always empty. */
export const unknownCall: Answer = { status: 404, body: '' };

export function json(value: unknown): Answer {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(value) };
}

/** An error of a handler: a text without a content type. */
export function failure(status: number, text: string): Answer {
  return { status, body: text };
}

/** An error of the body parser: the only texts with a content type. */
export function badBody(text: string): Answer {
  return { status: 400, contentType: 'text/plain; charset=utf-8', body: text };
}
