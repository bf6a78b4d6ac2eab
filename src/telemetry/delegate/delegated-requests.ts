import { type Attributes, type AttributeValue, type Context, createContextKey, SpanKind } from '@opentelemetry/api';

/** What is looked at, and written, of a span that somebody starts: of the SDK's own, 2.x and 3.x. */
export interface StartedSpan {
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  setAttribute(name: string, value: AttributeValue): unknown;
}

/** What is known of an attempt whose span somebody else makes. */
export interface DelegatedAttemptInfo {
  readonly upstream: string;
  readonly method: string;
  readonly url: string;
  /** 0 for a call's first attempt. */
  readonly resend: number;
  /** The same object for all attempts of one call. */
  readonly call: object;
}

/**
 * The API makes context keys by `Symbol.for`: an SDK's processor and the application may have a copy of meshwise each.
 * Hence also the logic goes along in the context, not only data, whose shape two versions might see differently.
 */
const DELEGATED_REQUESTS = createContextKey('meshwise delegated requests');

export function delegatedRequestsIn(context: Context): Pick<DelegatedRequests, 'spanStarted'> | undefined {
  const found = context.getValue(DELEGATED_REQUESTS);
  return found instanceof Object && 'spanStarted' in found ? (found as DelegatedRequests) : undefined;
}

/** Requests that have been sent for a call, redirects included. */
const requestsOf = new WeakMap<object, number>();

/** The statuses that fetch follows. */
const REDIRECTS: ReadonlySet<unknown> = new Set([301, 302, 303, 307, 308]);

/** The requests of one attempt, as an instrumentation makes spans of them: one, and one more for each redirect. */
export class DelegatedRequests {
  readonly #attempt: DelegatedAttemptInfo;
  /** The last request's. */
  #span: StartedSpan | undefined;
  #ended = false;

  constructor(attempt: DelegatedAttemptInfo) {
    this.#attempt = attempt;
  }

  /** The context in which the attempt is to be made. */
  in(context: Context): Context {
    return context.setValue(DELEGATED_REQUESTS, this);
  }

  /** The response's headers have arrived, or there will be none: what is started now is not this attempt's. */
  end(): void {
    this.#ended = true;
    this.#span = undefined;
  }

  /**
   * `http.request.resend_count` counts what was sent again for any reason, redirects included (HTTP client conventions);
   * the first request of a call has none.
   */
  spanStarted(span: StartedSpan): void {
    if (this.#ended || !this.#isRequest(span)) return;
    this.#span = span;
    const { call, resend, upstream } = this.#attempt;
    const count = Math.max(requestsOf.get(call) ?? 0, resend);
    requestsOf.set(call, count + 1);
    span.setAttribute('meshwise.upstream', upstream);
    if (count > 0) span.setAttribute('http.request.resend_count', count);
  }

  /**
   * Not every CLIENT span that is started meanwhile is the attempt's: a body may read from a database while it is sent,
   * a fetch that is wrapped may ask for a token first, and in the channels `headers` and `trailers` the context is that
   * of whoever opened the connection.
   */
  #isRequest({ kind, attributes }: StartedSpan): boolean {
    if (kind !== SpanKind.CLIENT) return false;
    const { method, url } = this.#attempt;
    const before = this.#span;
    // After a redirect any method and any URL may follow.
    if (before !== undefined) {
      return 'http.request.method' in attributes && REDIRECTS.has(before.attributes['http.response.status_code']);
    }
    const full = attributes['url.full'];
    return methodIn(attributes) === method && typeof full === 'string' && isFor(url, full);
  }
}

/**
 * Compared by path, since spans hide the values of some query keys; and by its end, since a fetch may send calls
 * elsewhere: to a base URL, or to a sidecar that wants the upstream's name in front (Dapr).
 */
function isFor(url: string, sent: string): boolean {
  const path = URL.parse(url)?.pathname;
  return path !== undefined && URL.parse(sent)?.pathname.endsWith(path) === true;
}

/** As it is sent: the conventions know only some by name. */
function methodIn(attributes: Attributes): string {
  return String(attributes['http.request.method_original'] ?? attributes['http.request.method']).toUpperCase();
}
