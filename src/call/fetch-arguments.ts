import type { FetchInput, MeshwiseRequestInit } from './fetch-types.ts';
import { isTagged } from './is-tagged.ts';

/** A call of fetch as it was made: what the caller changes afterwards is not sent. */
export interface FetchArguments {
  readonly url: URL;
  readonly input: string | Request;
  readonly init: MeshwiseRequestInit | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The dictionary RequestInit of the standard, and `dispatcher`, which is undici's. */
const MEMBERS = [
  'method',
  'headers',
  'body',
  'referrer',
  'referrerPolicy',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'integrity',
  'keepalive',
  'signal',
  'window',
  'duplex',
  'priority',
  'dispatcher',
] as const;

/** Reads the arguments as fetch reads them. `undefined`: fetch refuses them, and is to say so in its own words. */
export function readArguments(givenInput: FetchInput, givenInit: unknown): FetchArguments | undefined {
  try {
    const input = readInput(givenInput);
    const url = input === undefined ? null : URL.parse(typeof input === 'string' ? input : input.url);
    if (input === undefined || url === null) return undefined;
    if (givenInit === undefined || givenInit === null) {
      return { url, input, init: undefined, signal: typeof input === 'string' ? undefined : input.signal };
    }
    if (typeof givenInit !== 'object') return undefined;
    const init = readInit(givenInit);
    if (init.headers !== undefined) init.headers = asTheyAre(init.headers);
    const signal = init.signal === undefined && typeof input !== 'string' ? input.signal : init.signal;
    if (signal !== undefined && signal !== null && !isTagged(signal, 'AbortSignal')) return undefined;
    return { url, input, init, signal: signal ?? undefined };
  } catch {
    // A getter, or a toString, that throws: it will do so again when fetch asks.
    return undefined;
  }
}

/** Where a call goes, if anywhere. */
export function urlOf(input: FetchInput): URL | undefined {
  return readArguments(input, undefined)?.url;
}

/** Whatever is no Request is turned into a string: a URL, one of another realm, a String, an object like `location`. */
function readInput(input: FetchInput): string | Request | undefined {
  if (typeof input === 'string') return input;
  if (input instanceof URL) return input.href;
  if (isTagged(input, 'Request')) return input;
  return typeof input === 'symbol' ? undefined : String(input);
}

/** A Request as init, or another object of a class, has its members where no spread finds them. */
function readInit(init: object): MeshwiseRequestInit {
  const copy: Record<string, unknown> = { ...init };
  if (Object.getPrototypeOf(init) === Object.prototype) return copy;
  for (const name of MEMBERS) {
    const value = (init as Record<string, unknown>)[name];
    if (value !== undefined) copy[name] = value;
  }
  return copy;
}

/** A copy that can be read more than once. A Headers is left as it is: a copy costs more than the rest of a call. */
function asTheyAre(headers: NonNullable<RequestInit['headers']>): NonNullable<RequestInit['headers']> {
  if (typeof headers !== 'object' || headers === null) return headers;
  if (isTagged(headers, 'Headers')) return headers;
  if (!(Symbol.iterator in headers)) return { ...headers };
  // A pair may be any iterable but a string, which fetch refuses.
  return Array.from(headers as Iterable<[string, string]>, (pair) => (typeof pair === 'object' ? [...pair] : pair));
}
