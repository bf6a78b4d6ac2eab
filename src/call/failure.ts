/** What the network did instead of answering; the conditions without a status. */
export type NetworkFailure = 'connect-failure' | 'refused-stream' | 'reset' | 'per-try-timeout';

/** How one attempt went, as far as conditions are concerned: a status, or a failure of the network. */
export interface AttemptResult {
  readonly status?: number | undefined;
  readonly network?: NetworkFailure | undefined;
  /** Milliseconds that the server asks to wait, where a classifier knows; for HTTP the response's headers tell. */
  readonly retryAfter?: number | undefined;
}

const CONNECT_CODES = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const RESET_CODES = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_CLOSED',
  'ERR_HTTP2_STREAM_ERROR',
  'ERR_HTTP2_SESSION_ERROR',
  'ERR_HTTP2_GOAWAY_SESSION',
]);

/** Errors nest: `TypeError: fetch failed` → cause → AggregateError (one per address) → the system error. */
const DEEPEST_CAUSE = 5;

/**
 * What a client's error says about the network, by the codes of Node's sockets, DNS, HTTP parser and undici.
 * `undefined` is an error of another kind: a bad URL, a used body, a bug. Those are never retried.
 */
export function networkFailureOf(error: unknown): NetworkFailure | undefined {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE && typeof current === 'object' && current !== null; depth++) {
    const { name, code, syscall, message, cause, errors } = current as Record<string, unknown>;
    // A reply that is no HTTP: `HPE_…`, or no code at all (Node 24.21 with undici 7, run).
    if (name === 'HTTPParserError') return 'reset';
    if (typeof code === 'string') {
      if (CONNECT_CODES.has(code) || syscall === 'connect' || syscall === 'getaddrinfo') return 'connect-failure';
      if (typeof message === 'string' && message.includes('REFUSED_STREAM')) return 'refused-stream';
      if (RESET_CODES.has(code) || code.startsWith('HPE_')) return 'reset';
    }
    current = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  }
  return undefined;
}
