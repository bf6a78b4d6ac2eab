import type { CallInfo, Policy } from '../policy/policy.ts';
import { attemptHeaders, hasHeader } from './attempt-headers.ts';
import { whenBodyEnds } from './body-end.ts';
import { classifyBody } from './classify-body.ts';
import type { Clock } from './clock.ts';
import { ClonedRequest } from './cloned-request.ts';
import { discard } from './discard.ts';
import type { AttemptRequest, Exchange } from './exchange.ts';
import { type AttemptResult, networkFailureOf } from './failure.ts';
import type { FetchFunction, FetchInput, MeshwiseRequestInit } from './fetch-types.ts';
import { watchSilence } from './idle-timeout.ts';
import { failReads, NEEDS_HELP_AFTER_ABORT } from './late-abort.ts';
import { requestAt } from './request-at.ts';
import type { OneShotReason, RequestBody } from './request-body.ts';
import { keepReferrer } from './request-referrer.ts';
import { type Delivery, remember } from './response-outcome.ts';
import { noteIfSent, wasSent } from './sent-request.ts';
import { NO_HINTS, type ServerHints, serverHints } from './server-hints.ts';
import { networkOf, type SidecarWord, type WordReader } from './sidecar-word.ts';
import { standInResponse } from './stand-in-response.ts';

export interface FetchCall {
  readonly fetch: FetchFunction;
  readonly input: FetchInput;
  readonly init: MeshwiseRequestInit | undefined;
  /** Of the caller's URL; the exchange does not parse it again. */
  readonly url: URL;
  /** Bytes of a body that may be kept for another attempt; `false` when there will be none. */
  readonly bufferBody: number | false;
  readonly clock: Clock;
  /** Of the sidecar through which the calls go, where one is known. */
  readonly reader?: WordReader | undefined;
  readonly policy: Pick<Policy, 'streaming' | 'errors' | 'fallback'>;
}

/** RFC 9110 §9.2.2, and QUERY: it does not matter which hop refused. */
const HARMLESS_TWICE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE', 'QUERY']);

/** One call by fetch: the caller's input and init, sent once per attempt with the same bytes, framing and headers. */
export class FetchExchange implements Exchange<Response> {
  readonly method: string;
  readonly #call: FetchCall;
  readonly #request: Request | undefined;
  #url: string;
  #urlChanged = false;
  #headers: RequestInit['headers'] | undefined;
  #body: RequestBody | undefined;
  #cloned: ClonedRequest | undefined;
  #delivered: WeakRef<Response> | undefined;
  /** Of the last response that came. */
  #word: { readonly response: Response; readonly word: SidecarWord | undefined } | undefined;

  constructor(call: FetchCall) {
    const { input, init, bufferBody } = call;
    this.#call = call;
    this.#request = typeof input === 'object' && !(input instanceof URL) ? input : undefined;
    this.method = String(init?.method === undefined ? (this.#request?.method ?? 'GET') : init.method).toUpperCase();
    this.#url = call.url.href;
    this.#headers = init?.headers === undefined ? this.#request?.headers : init.headers;
    const body = init?.body ?? undefined;
    if (typeof body === 'function' || (body !== undefined && bufferBody !== false)) {
      this.#body = classifyBody(body, bufferBody === false ? 0 : bufferBody);
    } else if (
      bufferBody !== false &&
      this.#request !== undefined &&
      this.#request.body !== null &&
      !this.#request.bodyUsed &&
      !this.#request.body.locked
    ) {
      this.#cloned = new ClonedRequest(this.#request, bufferBody);
    }
  }

  get url(): string {
    return this.#url;
  }

  get origin(): string {
    return this.#call.url.origin;
  }

  /** What the caller sends, ours not included. */
  get headers(): Headers {
    return new Headers(this.#headers);
  }

  get idempotent(): boolean {
    return hasHeader(this.#headers, 'idempotency-key');
  }

  get bodySize(): number | undefined {
    if (this.#cloned !== undefined) return undefined;
    if (this.#body !== undefined) return this.#body.size;
    return this.#call.init?.body == null && (this.#request === undefined || this.#request.body === null)
      ? 0
      : undefined;
  }

  get oneShot(): OneShotReason | undefined {
    return this.#body?.oneShot ?? this.#cloned?.oneShot;
  }

  async send({ signal, number, headers: set, strip }: AttemptRequest): Promise<Response> {
    const { fetch, input, init } = this.#call;
    const outgoing: RequestInit = { ...(init as RequestInit | undefined), signal };
    const { contentType } = this.#body ?? {};
    const ours =
      contentType === undefined || hasHeader(this.#headers, 'content-type')
        ? set
        : { ...set, 'content-type': contentType };
    const headers = attemptHeaders(this.#headers, strip, ours);
    // A Request keeps its own, in the order and case in which they came.
    if (headers !== undefined && headers !== this.#request?.headers) outgoing.headers = headers;
    if (this.#request !== undefined && Object.keys(init ?? {}).length === 0) keepReferrer(this.#request, outgoing);
    if (this.#body !== undefined) {
      const body = this.#body.next();
      outgoing.body = body instanceof Promise ? await body : body;
      // A factory's stream comes without the caller having said so; of other streams fetch demands it.
      if (typeof init?.body === 'function' && outgoing.body instanceof ReadableStream) {
        (outgoing as { duplex?: string }).duplex ??= 'half';
      }
    }
    let target =
      this.#request === undefined
        ? input
        : number > 1 && this.#cloned !== undefined
          ? this.#cloned.next()
          : this.#request;
    if (this.#urlChanged) target = this.#request === undefined ? this.#url : requestAt(target as Request, this.#url);
    const { reader } = this.#call;
    const sent = this.#isToldWhenSent
      ? noteIfSent(this.method, this.#url, () => fetch(target, outgoing))
      : fetch(target, outgoing);
    if (reader === undefined) return sent;
    const response = await sent;
    const read = reader.read(response);
    this.#word = { response, word: read instanceof Promise ? await read : read };
    return response;
  }

  /** Must a refused connection be known for the first hop's, or another's after a redirect? */
  get #isToldWhenSent(): boolean {
    const { init, bufferBody } = this.#call;
    if (bufferBody === false || HARMLESS_TWICE.has(this.method)) return false;
    return (init?.redirect ?? this.#request?.redirect ?? 'follow') === 'follow';
  }

  amend({ url, headers }: { url?: string | URL; headers?: Readonly<Record<string, string | null>> }): void {
    if (url !== undefined) {
      this.#url = new URL(url, this.#url).href;
      this.#urlChanged = true;
    }
    if (headers === undefined) return;
    const changed = this.headers;
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) changed.delete(name);
      else changed.set(name, value);
    }
    this.#headers = changed;
  }

  resultOf(response: Response): AttemptResult {
    const { status } = response;
    const verdict = this.wordOn(response)?.verdict;
    return verdict === undefined ? { status } : { status, network: networkOf(verdict) };
  }

  wordOn(response: Response): SidecarWord | undefined {
    return this.#word?.response === response ? this.#word.word : undefined;
  }

  delivers(response: Response, delivery: Delivery): void {
    remember(response, delivery);
    // An unread response is to be collected.
    this.#word = undefined;
  }

  resultOfError(error: unknown): AttemptResult {
    const network = networkFailureOf(error);
    if (network !== 'connect-failure') return { network };
    // Refused after a redirect: the first hop has taken the request.
    if (wasSent(error)) return { network: 'reset' };
    this.#body?.unsent?.();
    return { network };
  }

  hintsOf(response: Response | undefined, _result: AttemptResult, wallTime: number): ServerHints {
    return response === undefined || response.status < 400 ? NO_HINTS : serverHints(response, wallTime);
  }

  discard(response: Response): void {
    discard(response, this.#call.clock);
  }

  isStream(response: Response): boolean {
    const { streaming } = this.#call.policy;
    if (streaming !== 'auto') return streaming;
    return response.headers.get('content-type')?.toLowerCase().startsWith('text/event-stream') ?? false;
  }

  watchSilence(response: Response, ms: number, silent: () => void): void {
    watchSilence(response, ms, silent, this.#call.clock);
  }

  whenDone(response: Response, ended: () => void, unread: boolean): boolean {
    if (NEEDS_HELP_AFTER_ABORT) this.#delivered = new WeakRef(response);
    return whenBodyEnds(response, ended, unread);
  }

  failUnread(error: unknown): void {
    const response = this.#delivered?.deref();
    if (response !== undefined) failReads(response, error);
  }

  standIn(error: unknown, call: CallInfo): Response | Promise<Response> | undefined {
    const { fallback, errors } = this.#call.policy;
    if (fallback !== undefined && error instanceof Error) return fallback(error, call);
    return errors === 'response' ? standInResponse(error) : undefined;
  }

  isUnread(response: Response): boolean {
    return !response.bodyUsed && response.body !== null && !response.body.locked;
  }
}
