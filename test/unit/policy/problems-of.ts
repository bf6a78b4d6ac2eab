import { ConfigError, type Problem } from '../../../src/policy/config-error.ts';

/** The error that a configuration is refused with; fails where it is taken. */
export function refusal(parse: () => unknown): ConfigError {
  try {
    parse();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('was taken');
}

export function problemsOf(parse: () => unknown): readonly Problem[] {
  return refusal(parse).problems;
}

/** As lines of a message, in any order. */
export function linesOf(parse: () => unknown): readonly string[] {
  return problemsOf(parse)
    .map(({ path, message }) => `${path}: ${message}`)
    .sort();
}
