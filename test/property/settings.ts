/** How often each property is tried, unless it says that its own upstream or process makes that too dear. */
export const DEFAULT_RUNS = 1000;

/** What all properties of one run of the tests have in common. */
export interface PropertySettings {
  readonly seed: number;
  readonly runs: number;
}

const MOST_RUNS = 1_000_000;
const [LOWEST_SEED, HIGHEST_SEED] = [-(2 ** 31), 2 ** 31 - 1];

/**
 * From `MESHWISE_PROPERTY_SEED` and `MESHWISE_PROPERTY_RUNS`; without a seed one is drawn.
 *
 * @throws Error for a value that is no such number.
 */
export function readPropertySettings(env: NodeJS.ProcessEnv, random: () => number): PropertySettings {
  return {
    // What fast-check prints after a failure: a whole number of 32 bits.
    seed:
      wholeNumber(env, 'MESHWISE_PROPERTY_SEED', LOWEST_SEED, HIGHEST_SEED) ?? Math.floor(random() * HIGHEST_SEED) + 1,
    runs: wholeNumber(env, 'MESHWISE_PROPERTY_RUNS', DEFAULT_RUNS, MOST_RUNS) ?? DEFAULT_RUNS,
  };
}

function wholeNumber(env: NodeJS.ProcessEnv, name: string, lowest: number, highest: number): number | undefined {
  const text = env[name];
  if (text === undefined || text === '') return undefined;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= lowest && value <= highest) return value;
  throw new Error(`${name} is a whole number from ${lowest} to ${highest}, not ${text}`);
}
