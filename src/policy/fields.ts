import * as v from 'valibot';
import { CONDITION_NAMES, type Condition } from './conditions.ts';
import { type Duration, parseDuration } from './duration.ts';
import { isHostPattern, normalHost } from './host-pattern.ts';
import { nearestWord } from './nearest-word.ts';
import { isRecord } from './record.ts';
import { shownValue } from './shown-value.ts';
import { parseUpstreamPattern, type UpstreamPattern } from './upstream-pattern.ts';

/** The kinds of fields that a policy has. Each reports one problem at most, as a sentence that follows the path. */

/** The part of an issue that messages speak of. */
export interface Refused {
  readonly input: unknown;
}

export function mustBe(expected: string): (issue: Refused) => string {
  return ({ input }) => `must be ${expected}, not ${shownValue(input)}`;
}

/** An object of which every key is known. */
export function section<const E extends v.ObjectEntries>(entries: E, expected = 'an object') {
  const known = Object.keys(entries);
  const closed = v.object(entries, 'must be set');
  return v.lazy((value) => {
    if (!isRecord(value)) return v.never(mustBe(expected));
    const unknown = Object.keys(value).filter((key) => !Object.hasOwn(entries, key));
    if (unknown.length === 0) return closed;
    // Not v.strictObject: it reports the first unknown key only.
    const refused = Object.fromEntries(unknown.map((key) => [key, v.never(unknownKey(key, known))] as const));
    return v.object<v.ObjectEntries, string>({ ...refused, ...entries }, 'must be set') as unknown as typeof closed;
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearestWord(key, known);
  return meant === undefined
    ? `is not known here; known are ${listed(known, 'and')}`
    : `is not known here; did you mean ${meant}?`;
}

/** The same, or `false`: a concern that is switched off. */
export function orFalse<const S extends v.GenericSchema>(schema: S) {
  return v.lazy((value) => (value === false ? v.literal(false) : schema));
}

/** Milliseconds. `noZero` says what to write instead where 0 makes no sense. */
export function duration(noZero?: string) {
  return v.pipe(
    v.custom<Duration>(() => true),
    v.rawTransform<Duration, number>(({ dataset, addIssue, NEVER }) => {
      const { ms, problem } = parseDuration(dataset.value);
      if (problem === undefined && (ms > 0 || noZero === undefined)) return ms;
      addIssue({ message: problem ?? `must be longer than 0${noZero}` });
      return NEVER;
    }),
  );
}

/** A duration above 0, or `false`. */
export function durationOrFalse() {
  return orFalse(duration('; for no limit write false'));
}

export function durationAboveZero() {
  return duration('');
}

export function oneOf<const W extends readonly string[]>(words: W, ...also: readonly string[]) {
  return v.picklist(words, ({ input }) => {
    const meant = typeof input === 'string' ? nearestWord(input, words) : undefined;
    const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
    return `${mustBe(listed([...words, ...also], 'or'))({ input })}${hint}`;
  });
}

export function integer(least: number, most = Number.MAX_SAFE_INTEGER) {
  const message = mustBe(
    most === Number.MAX_SAFE_INTEGER ? `an integer, ${least} or more` : `an integer from ${least} to ${most}`,
  );
  return v.pipe(v.number(message), v.integer(message), v.minValue(least, message), v.maxValue(most, message));
}

export function numberFrom(least: number, most: number) {
  const message = mustBe(`a number from ${least} to ${most}`);
  return v.pipe(v.number(message), v.minValue(least, message), v.maxValue(most, message));
}

/** Above 0, at most 1. */
export function share() {
  const message = mustBe('a number above 0 and at most 1');
  return v.pipe(v.number(message), v.gtValue(0, message), v.maxValue(1, message));
}

/** A function; what it takes and returns can only be said, not checked. */
export function functionLike<F>(signature: string) {
  return v.custom<F>((value) => typeof value === 'function', mustBe(`a function ${signature}`));
}

export function autoOrBoolean() {
  return v.union([v.literal('auto'), v.boolean()], mustBe('auto, true or false'));
}

/** A list without repetitions, in the order in which it was written. */
export function list<const S extends v.GenericSchema>(item: S, expected: string) {
  return v.pipe(
    v.array(item, mustBe(expected)),
    v.readonly(),
    v.transform((items): readonly v.InferOutput<S>[] => [...new Set(items)]),
  );
}

/** At least one condition: an empty list would switch its concern off in silence. */
export function conditions(switchOff: string) {
  const item = v.custom<Condition>(isCondition, ({ input }) => conditionProblem(input));
  return v.pipe(
    list(item, 'a list of conditions'),
    v.minLength(1, `must name at least one condition; to switch this off write ${switchOff}`),
  );
}

function isCondition(value: unknown): boolean {
  return typeof value === 'number'
    ? Number.isInteger(value) && value >= 100 && value <= 599
    : CONDITION_NAMES.some((name) => name === value);
}

function conditionProblem(value: unknown): string {
  if (typeof value === 'number') return mustBe('a status code from 100 to 599')({ input: value });
  if (typeof value === 'string' && /^\d{1,5}$/.test(value)) {
    return `must be a number, not a string: write ${value} without quotes`;
  }
  const meant = typeof value === 'string' ? nearestWord(value, CONDITION_NAMES) : undefined;
  const expected = mustBe(`${CONDITION_NAMES.join(', ')} or a status code as a number`)({ input: value });
  return meant === undefined ? expected : `is no condition: ${shownValue(value)}; did you mean ${meant}?`;
}

/** A key that no query can have would redact nothing, and nobody would notice. */
export function queryKey() {
  const message = mustBe('a query key as it reads after percent-decoding');
  return v.pipe(v.string(message), v.regex(/^[^=&#]+$/, message));
}

/** RFC 9110 §5.6.2: methods and header names are tokens. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;

export function method() {
  const message = mustBe('an HTTP method');
  return v.pipe(v.string(message), v.regex(TOKEN, message), v.toUpperCase());
}

export function headerName(also: string) {
  const message = mustBe(`the name of a header${also}`);
  return v.pipe(v.string(message), v.regex(TOKEN, message), v.toLowerCase());
}

export function hostPattern() {
  const message = mustBe('a host name, or *. and the end of one');
  return v.pipe(v.string(message), v.check(isHostPattern, message), v.transform(normalHost));
}

export function urlPattern() {
  return v.pipe(
    v.custom<string>(() => true),
    v.rawTransform<string, UpstreamPattern>(({ dataset, addIssue, NEVER }) => {
      const { pattern, problem } = parseUpstreamPattern(dataset.value);
      if (problem === undefined) return pattern;
      addIssue({ message: problem });
      return NEVER;
    }),
  );
}

const UPSTREAM_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export function upstreamName() {
  const message = mustBe('1 to 63 letters, digits, dots, dashes or underscores, the first a letter or digit');
  return v.pipe(v.string(message), v.regex(UPSTREAM_NAME, message));
}

function listed(words: readonly string[], conjunction: string): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}
