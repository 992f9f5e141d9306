/** The only file that knows HTTP status codes: what the API server's refusals mean, in the words of ports/errors.ts. */
import {
  ConflictError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
  UnreachableError,
} from '../../ports/errors.ts';

export type FailureKind =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'Conflict'
  | 'Expired'
  | 'Invalid'
  | 'TooManyRequests'
  | 'Server';

/** The body of a refusal (metav1.Status), as far as we read it. */
export interface RawStatus {
  readonly kind?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

export interface Cause {
  readonly reason: string;
  readonly message: string;
}

/** An answer other than success, not yet judged. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly kind: FailureKind;
  /** The server's own text. */
  readonly text: string;
  readonly reason: string;
  readonly causes: readonly Cause[];
  readonly retryAfterSeconds: number | undefined;

  constructor(what: string, code: number, status: RawStatus, retryAfterSeconds?: number) {
    const text = status.message ?? 'no text';
    super(`${what}: ${text}`);
    this.kind = kindOf(code);
    this.text = text;
    this.reason = status.reason ?? '';
    this.causes = (status.details?.causes ?? []).map(({ reason = '', message = '' }) => ({
      reason,
      message,
    }));
    this.retryAfterSeconds = status.details?.retryAfterSeconds ?? retryAfterSeconds;
  }
}

export function isRefusal(code: number | undefined): boolean {
  return code === undefined || code >= 300;
}

/** The failure in an HTTP answer that is a refusal. */
export function failureIn(
  what: string,
  code: number | undefined,
  retryAfter: string | undefined,
  body: string,
): ApiFailure {
  const seconds = Number(retryAfter);
  return new ApiFailure(what, code ?? 500, statusIn(body), Number.isFinite(seconds) ? seconds : undefined);
}

/** The failure that a watch reports in its stream, as an ERROR event. */
export function failureInWatch(what: string, status: RawStatus): ApiFailure {
  return new ApiFailure(what, status.code ?? 500, status);
}

/** Any error as one of ports/errors.ts; what is not the API server's answer stays as it is. */
export function toPortError(error: unknown): unknown {
  if (!(error instanceof ApiFailure)) return error;
  const options = { cause: error };
  switch (error.kind) {
    case 'NotFound':
      return new NotFoundError(error.message, options);
    case 'Conflict':
      return new ConflictError(error.message, options);
    case 'Invalid':
      return new InvalidError(denialIn(error) ?? error.message, options);
    case 'Unauthorized':
      return new ForbiddenError(error.message, options);
    case 'Forbidden':
      // RBAC and admission share a code; only the text tells who must act: the one who grants rights, or the one who wrote the request.
      return isAuthorization(error)
        ? new ForbiddenError(error.message, options)
        : new InvalidError(error.message, options);
    case 'Expired':
    case 'TooManyRequests':
    case 'Server': {
      const { retryAfterSeconds } = error;
      const retryAfterMs = retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000;
      return new UnreachableError(error.message, { cause: error, retryAfterMs });
    }
  }
}

/** Awaits the request and throws port errors in place of the server's answers. */
export async function inPortWords<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw toPortError(error);
  }
}

/** What was thrown, as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function isFailure(error: unknown, kind: FailureKind): error is ApiFailure {
  return error instanceof ApiFailure && error.kind === kind;
}

function isAuthorization({ text }: ApiFailure): boolean {
  return /User ".*" cannot \w+ /.test(text);
}

/** What a ValidatingAdmissionPolicy says, with its name and without what is around it: people read this about their node. */
function denialIn({ text }: ApiFailure): string | undefined {
  const [, policy, message] =
    /ValidatingAdmissionPolicy '([^']+)' with binding '[^']+' denied request: (.+)/s.exec(text) ?? [];
  if (policy === undefined || message === undefined) return undefined;
  return `the admission policy ${policy} does not allow it: ${message}`;
}

function kindOf(code: number): FailureKind {
  switch (code) {
    case 401:
      return 'Unauthorized';
    case 403:
      return 'Forbidden';
    case 404:
      return 'NotFound';
    case 409:
      return 'Conflict';
    case 410:
      return 'Expired';
    case 429:
      return 'TooManyRequests';
    default:
      return code < 500 ? 'Invalid' : 'Server';
  }
}

function statusIn(body: string): RawStatus {
  if (body.startsWith('{')) {
    try {
      const status: RawStatus = JSON.parse(body);
      if (status.kind === 'Status') return status;
    } catch {
      // A cut body is told as plain text below, like that of a proxy that speaks no JSON.
    }
  }
  return { message: body.trim().slice(0, 500) };
}
