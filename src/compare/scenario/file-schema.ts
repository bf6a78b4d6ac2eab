import * as v from 'valibot';
import { mustBe, section } from '../../policy/fields.ts';
import { isRecord } from '../../policy/record.ts';
import { shownValue } from '../../policy/shown-value.ts';
import { SCENARIO_FIELDS } from './scenario-schema.ts';

/** A file around its scenario's fields: its name, and how one file becomes several scenarios. */

/** One word, so that `family/p=0.3,limit=2` can be read back. */
const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;
const A_WORD = '1 to 40 letters, digits, dots, dashes or underscores, the first a letter or digit';

export function word() {
  const message = mustBe(A_WORD);
  return v.pipe(v.string(message), v.regex(WORD, message));
}

/** A value that can stand in a name. */
const matrixValue = v.custom<string | number | boolean>(
  (value) => (typeof value === 'string' ? WORD.test(value) : typeof value === 'number' || typeof value === 'boolean'),
  mustBe('a number, true, false or a word'),
);

const values = v.pipe(
  v.array(matrixValue, mustBe('a list of values')),
  v.minLength(1, 'must hold at least one value'),
  v.check((items) => new Set(items.map(String)).size === items.length, 'must not hold a value twice'),
);

const path = v.pipe(
  v.string(mustBe('a path such as policy.retry.limit')),
  v.regex(/^[^.]+(\.[^.]+)*$/, mustBe('a path such as policy.retry.limit')),
);

const axis = section({ path, values }, 'an object { path, values }');

/** A map in which the user chooses the keys. */
function labelled<const S extends v.GenericSchema>(value: S, expected: string) {
  return v.lazy((input) => {
    if (!isRecord(input)) return v.never(mustBe(expected));
    const labels = Object.keys(input);
    if (labels.length === 0) return v.never('must hold at least one');
    const entries = labels.map((label) => [
      label,
      WORD.test(label) ? value : v.never(`the label must be ${A_WORD}, not ${shownValue(label)}`),
    ]);
    return v.object(Object.fromEntries(entries)) as unknown as v.GenericSchema<
      unknown,
      Readonly<Record<string, v.InferOutput<S>>>
    >;
  });
}

const layer = v.custom<Readonly<Record<string, unknown>>>(isRecord, mustBe('an object of what differs'));

const variants = labelled(layer, 'an object of what differs, by name');

/** Of the short profile: everything may be laid over the file, but variants are chosen. */
const shortLayer = v.lazy((value) => {
  if (!isRecord(value)) return v.never(mustBe('an object of what differs in the short profile'));
  return v.looseObject({
    name: v.optional(v.never('must not differ in the short profile')),
    short: v.optional(v.never('has no meaning within short')),
    variants: v.optional(
      v.pipe(v.array(word(), mustBe('a list of names of variants')), v.minLength(1, 'must name at least one variant')),
    ),
  });
});

const untouched = Object.fromEntries(SCENARIO_FIELDS.map((field) => [field, v.optional(v.unknown())]));

export const fileSchema = section(
  {
    name: word(),
    ...untouched,
    matrix: v.optional(labelled(axis, 'an object of { path, values } by label')),
    variants: v.optional(variants),
    short: v.optional(shortLayer),
  },
  'an object',
) as unknown as v.GenericSchema<unknown, ScenarioFileInput>;

export interface Axis {
  readonly path: string;
  readonly values: readonly (string | number | boolean)[];
}

export interface ScenarioFileInput {
  readonly name: string;
  readonly matrix?: Readonly<Record<string, Axis>> | undefined;
  readonly variants?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  readonly short?: Readonly<Record<string, unknown>> | undefined;
}
