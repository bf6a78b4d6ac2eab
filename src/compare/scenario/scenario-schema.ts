import * as v from 'valibot';
import {
  duration,
  durationAboveZero,
  integer,
  list,
  method,
  mustBe,
  numberFrom,
  oneOf,
  orFalse,
  section,
} from '../../policy/fields.ts';
import { isRecord } from '../../policy/record.ts';
import { ARM_NAMES } from '../arms/arm.ts';
import { bursts, fault } from './fault-schema.ts';
import { QUESTIONS } from './scenario.ts';

/** What a scenario file may say of an experiment; `file-schema.ts` has what makes several of it. */

/** A million calls are half an hour at the highest rate that one process can make. */
const MOST_CALLS = 1_000_000;
const MOST_BYTES = 16 * 1024 * 1024;

export function sentence() {
  const message = mustBe('text');
  return v.pipe(v.string(message), v.regex(/\S/, message));
}

function nonEmpty<const W extends readonly string[]>(words: W, what: string) {
  return v.pipe(list(oneOf(words), `a list of ${what}s`), v.minLength(1, `must name at least one ${what}`));
}

/** Checked by the policy's own schema, in `policy-of-scenario.ts`: contradictions are found across its layers. */
const settings = v.custom<Readonly<Record<string, unknown>>>(isRecord, mustBe('an object of policy settings'));

const upstream = section({
  hosts: v.optional(integer(1, 9), 1),
  serviceTime: v.optional(duration(), 0),
  concurrency: v.optional(orFalse(integer(1, 10_000)), false),
  body: v.optional(integer(0, MOST_BYTES), 1024),
});

const callCount = v.lazy((value) =>
  typeof value === 'number'
    ? integer(1, MOST_CALLS)
    : v.literal('closed-form', mustBe('a number of calls or closed-form')),
);

const load = section({
  rate: numberFrom(1, 10_000),
  arrivals: v.optional(oneOf(['constant', 'poisson']), 'constant'),
  calls: v.optional(callCount),
  for: v.optional(durationAboveZero()),
  method: v.optional(method(), 'GET'),
  body: v.optional(integer(0, MOST_BYTES), 0),
  bursts,
});

export const scenarioEntries = {
  title: sentence(),
  shows: sentence(),
  questions: nonEmpty(QUESTIONS, 'question'),
  arms: nonEmpty(ARM_NAMES, 'arm'),
  rounds: v.optional(integer(1, 100), 1),
  grace: v.optional(durationAboveZero()),
  policy: v.optional(settings, {}),
  sidecarPolicy: v.optional(orFalse(settings), false),
  stockEjection: v.optional(v.boolean(mustBe('true or false')), false),
  upstream: v.optional(upstream, {}),
  tiers: v.optional(integer(1, 5), 1),
  faults: v.optional(v.array(fault, mustBe('a list of faults')), []),
  load,
  neighbour: v.optional(orFalse(section({ rate: numberFrom(1, 10_000) }, 'false or an object { rate }')), false),
};

export const scenarioSchema = section(scenarioEntries);

export type WrittenScenario = v.InferOutput<typeof scenarioSchema>;
export type ScenarioField = keyof typeof scenarioEntries;
export const SCENARIO_FIELDS = Object.keys(scenarioEntries) as readonly ScenarioField[];
