import { seededRandom } from '../../../src/testing/seeded-random.ts';

/**
 * What becomes of one request: an answer; a failure that an upstream may show (a 503, a connection closed before the
 * headers, half a body); no answer at all (`hang`), which a time limit has to end; or none and a caller who gives up
 * (`abandoned`).
 */
export type Fate = 'ok' | 'unavailable' | 'reset' | 'cut' | 'hang' | 'abandoned';

/** More than any call makes. */
const ATTEMPTS = 4;

/** The fate of attempt n of call m is drawn beforehand: it does not depend on who comes first. */
export class DrawnFates {
  readonly #fates: readonly (readonly Fate[])[];

  /** `share` of all attempts fail, by any of `failures`. */
  constructor(options: {
    readonly seed: number;
    readonly calls: number;
    readonly share: number;
    readonly failures: readonly Fate[];
  }) {
    const { seed, calls, share, failures } = options;
    const random = seededRandom(seed);
    const draw = (): Fate => {
      const isFailure = random() < share;
      const failure = failures[Math.floor(random() * failures.length)];
      return isFailure && failure !== undefined ? failure : 'ok';
    };
    this.#fates = Array.from({ length: calls }, () => Array.from({ length: ATTEMPTS }, draw));
  }

  /** `attempt` counts from 0. */
  of(call: number, attempt: number): Fate {
    return this.#fates[call]?.[attempt] ?? 'ok';
  }

  /** Of all first attempts: how many meet this fate? */
  firsts(fate: Fate): number {
    return this.#fates.filter(([first]) => first === fate).length;
  }
}
