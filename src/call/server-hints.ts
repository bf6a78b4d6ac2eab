import { parseHttpDate } from './http-date.ts';

/** What the server says about sending the request again. */
export interface ServerHints {
  /** Milliseconds that the server asks to wait, or `undefined`. Never negative. */
  readonly retryAfter: number | undefined;
  /** `x-should-retry: false`: the server knows that another try is useless. */
  readonly forbidden: boolean;
}

export const NO_HINTS: ServerHints = { retryAfter: undefined, forbidden: false };

/** Statuses whose `Retry-After` speaks of sending the request again (RFC 9110 §10.2.3, RFC 6585 §4). */
const WITH_RETRY_AFTER = new Set([429, 503]);

/**
 * Reads `Retry-After` (RFC 9110 §10.2.3: seconds or an HTTP date), `retry-after-ms` and `x-should-retry` (the last two
 * are sent by several public APIs). What is malformed is as good as absent; a date in the past asks for no wait.
 */
export function serverHints(response: { status: number; headers: Headers }, wallTime: number): ServerHints {
  const { status, headers } = response;
  const forbidden = headers.get('x-should-retry')?.trim().toLowerCase() === 'false';
  const retryAfter = WITH_RETRY_AFTER.has(status) ? readRetryAfter(headers, wallTime) : undefined;
  return retryAfter === undefined && !forbidden ? NO_HINTS : { retryAfter, forbidden };
}

function readRetryAfter(headers: Headers, wallTime: number): number | undefined {
  const milliseconds = headers.get('retry-after-ms')?.trim();
  if (milliseconds !== undefined && /^\d+(?:\.\d+)?$/.test(milliseconds)) return Number(milliseconds);
  const value = headers.get('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = parseHttpDate(value, wallTime);
  return date === undefined ? undefined : Math.max(0, date - wallTime);
}
