// When to ask again, and how long to wait before.

export interface ServerError {
  extensions?: { code?: unknown; retryAfter?: unknown } | undefined;
}

const BASE_MS = 250;
const MAX_MS = 15_000;

export function codeOf(error: ServerError): string {
  return typeof error.extensions?.code === "string" ? error.extensions.code : "INTERNAL";
}

// Refused before anything was done.
export function wasNotStarted(errors: readonly ServerError[]): boolean {
  return errors.length > 0 && errors.every((error) => codeOf(error) === "RATE_LIMITED");
}

// A later try can succeed; what was asked for may have been done all the same.
export function isPassing(errors: readonly ServerError[]): boolean {
  return errors.length > 0 && errors.every((error) => ["RATE_LIMITED", "UNAVAILABLE"].includes(codeOf(error)));
}

// What the server asks for; else twice as long as the last time, and never the same for all clients at once.
export function waitMs(attempt: number, errors: readonly ServerError[] = []): number {
  const asked = Math.max(0, ...errors.map(({ extensions }) => Number(extensions?.retryAfter) || 0));
  const backoff = Math.min(MAX_MS, BASE_MS * 2 ** attempt);
  return asked * 1_000 + backoff * (0.5 + Math.random() / 2);
}
