import type { Owner } from '../policy/conditions.ts';
import { guessedAuthor } from './guessed-author.ts';
import type { SidecarWord, VerdictKind } from './sidecar-word.ts';

/** What a call knows of the response that it gives to its caller. */
export interface Delivery {
  readonly upstream: string;
  readonly owner: Owner;
  readonly attempts: number;
  readonly word: SidecarWord | undefined;
}

/** What meshwise knows, and believes, of a response. Frozen. */
export interface ResponseOutcome {
  readonly upstream: string;
  /** Who executed the retries of the last attempt. */
  readonly owner: Owner;
  /** Attempts that this process sent. */
  readonly attempts: number;
  /** Attempts that the sidecar made for the last of them; `undefined`: it does not say. */
  readonly sidecarAttempts: number | undefined;
  /** Who wrote the response; `undefined`: nothing tells. */
  readonly author: 'upstream' | 'sidecar' | undefined;
  /** What shows who wrote it: the sidecar's own word, or what its replies usually look like, on which nothing is ever thrown. */
  readonly evidence: 'verdict' | 'guess' | undefined;
  /** Why the sidecar answered in the upstream's place, where it says so. */
  readonly verdict: { readonly kind: VerdictKind; readonly said: string } | undefined;
}

/** A class that extends it gives its private fields to the object that it is called with. */
const OfOneThatIsThere = function given(object: object) {
  return object;
} as unknown as new (
  object: object,
) => object;

/**
 * Keeps what is known on the response itself, in a private field that nobody else sees: a WeakMap of every response
 * would make each collection of garbage longer.
 */
class Delivered extends OfOneThatIsThere {
  #delivery: Delivery;

  constructor(response: Response, delivery: Delivery) {
    super(response);
    this.#delivery = delivery;
  }

  static remember(response: Response, delivery: Delivery): void {
    // A fetch of somebody's own may give one response twice.
    if (#delivery in response) response.#delivery = delivery;
    else new Delivered(response, delivery);
  }

  /** Also of what is no object: an error's `response` may be missing. */
  static of(response: Response): Delivery | undefined {
    return Object(response) === response && #delivery in response ? response.#delivery : undefined;
  }
}

export const { remember } = Delivered;

/**
 * What came of the call that gave this response: who executed, in how many attempts, and whether the sidecar answered
 * in the upstream's place. `undefined` for a response that no wrapped fetch gave, a clone included.
 *
 * @example
 * const response = await payments('http://payments:8080/charges/42');
 * if (!response.ok) log(outcomeOf(response));
 */
export function outcomeOf(response: Response): ResponseOutcome | undefined {
  const delivery = Delivered.of(response);
  if (delivery === undefined) return undefined;
  const { upstream, owner, attempts, word } = delivery;
  const guess = word?.author === undefined ? guessedAuthor(response) : undefined;
  const verdict = word?.verdict && Object.freeze({ kind: word.verdict.kind, said: word.verdict.said });
  return Object.freeze({
    upstream,
    owner: word?.owner ?? owner,
    attempts,
    sidecarAttempts: word?.attempts,
    author: word?.author ?? guess,
    evidence: word?.author !== undefined ? 'verdict' : guess && 'guess',
    verdict,
  });
}
