import { type Observation, observeError, observeResponse } from './observation.ts';
import type { Serve, Site } from './site.ts';

/** fetch without its types: much of what is shown here is what a fetch refuses. */
export type AnyFetch = (input?: unknown, init?: unknown) => Promise<Response>;

/** As far as it matters here: what every agent of undici has. */
export interface DispatchingAgent {
  dispatch(options: never, handler: never): boolean;
}

/** One implementation of the standard: a fetch, and the classes that belong to it. */
export interface Web {
  readonly fetch: AnyFetch;
  readonly Request: typeof Request;
  readonly Response: typeof Response;
  readonly Headers: typeof Headers;
  readonly FormData: typeof FormData;
  readonly agent: () => DispatchingAgent;
}

/** One thing that users see of a fetch, shown as plain data, by the bare fetch and by the wrapped one. */
export interface Behaviour {
  readonly name: string;
  readonly serve?: Serve | undefined;
  /** The server fails in a way that the default policy answers with more attempts: only the end is compared. */
  readonly retried?: boolean | undefined;
  /** Not with an idle timeout: body and ways of reading are then members of the response itself, over another body. */
  readonly unwatched?: boolean | undefined;
  /** The first Node whose fetch does what the standard says; meshwise does it on all of them. */
  readonly since?: number | undefined;
  readonly shows: (web: Web, site: Site) => Promise<Observation>;
}

type Arguments = (web: Web, site: Site) => readonly unknown[];
type Details = Omit<Behaviour, 'name' | 'shows'>;

/** A fetch that is fulfilled: all of its response, read as text. */
export function answers(name: string, withArguments: Arguments, details: Details = {}): Behaviour {
  return {
    ...details,
    name,
    shows: async (web, site) => observeResponse(await web.fetch(...withArguments(web, site)), web),
  };
}

/** A fetch that is rejected: when, and with what. */
export function refuses(name: string, withArguments: Arguments, details: Details = {}): Behaviour {
  return { ...details, name, shows: (web, site) => refusal(() => web.fetch(...withArguments(web, site))) };
}

/** One or the other, as the version of the fetch has it. */
export function answersOrRefuses(name: string, withArguments: Arguments, details: Details = {}): Behaviour {
  const answering = answers(name, withArguments, details);
  return {
    ...answering,
    shows: (...run) => answering.shows(...run).catch((error: unknown) => ({ rejected: observeError(error) })),
  };
}

/** Anything else. What it throws is a mistake in the behaviour, so a refusal has to be expected with `refusal`. */
export function shows(name: string, show: Behaviour['shows'], details: Details = {}): Behaviour {
  return { ...details, name, shows: show };
}

/** The error of something that must fail; thrown by the call itself is not the same as a rejected promise. */
export async function refusal(act: () => unknown): Promise<Observation> {
  let promise: unknown;
  try {
    promise = act();
  } catch (error) {
    return { thrownAtOnce: observeError(error) };
  }
  try {
    await promise;
  } catch (error) {
    return { rejected: observeError(error) };
  }
  throw new Error('a refusal was expected');
}
