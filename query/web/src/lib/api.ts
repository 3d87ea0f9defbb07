export interface FieldError {
  pointer: string;
  detail: string;
}

/** A refusal (RFC 9457), or `offline` with status 0 when no answer came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly body: Record<string, unknown>,
    readonly retryAfterMs: number,
  ) {
    super(detail);
  }

  /** True when the same request, sent again later, may well succeed. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  get errors(): FieldError[] {
    return Array.isArray(this.body.errors) ? (this.body.errors as FieldError[]) : [];
  }
}

export interface Options {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** The parsed answer of a 2xx; every other outcome is a thrown `Problem`. */
export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method: options.method ?? 'GET',
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: AbortSignal.timeout(options.timeoutMs ?? 15000),
    });
  } catch {
    throw new Problem(0, 'offline', 'The server did not answer.', {}, 0);
  }
  const body = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  throw problemOf(response, body ?? {});
}

function problemOf(response: Response, body: Record<string, unknown>): Problem {
  const status = response.ok ? 0 : response.status;
  const code = String(body.code ?? (status ? 'internal' : 'offline'));
  const detail = String(body.detail ?? body.title ?? 'Something went wrong.');
  const retryAfterMs = Number(response.headers.get('Retry-After') ?? 0) * 1000 || 0;
  return new Problem(status, code, detail, body, retryAfterMs);
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : new Problem(500, 'internal', String(error), {}, 0);
}
