import * as v from 'valibot';
import { ARM_NAMES } from '../arms/arm.ts';
import { FAULT_KINDS } from '../scenario/fault-schema.ts';
import { QUESTIONS } from '../scenario/scenario.ts';

/**
 * What a report must have to be compared with another one, and judged anew. Fields that are not named here are kept: a
 * later version of the same schema has more of them.
 */

const number = v.number();
const text = v.string();
const arm = v.picklist(ARM_NAMES);
const question = v.picklist(QUESTIONS);

const latency = v.looseObject({
  count: number,
  mean: number,
  p50: number,
  p90: number,
  p99: number,
  p999: number,
  max: number,
  curve: v.array(v.tuple([number, number])),
});

const cell = v.looseObject({
  scenario: text,
  arm,
  round: number,
  calls: number,
  good: number,
  outcomes: v.record(text, number),
  attempts: v.looseObject({
    total: number,
    perCall: number,
    callsByAttempts: v.array(number),
    demanded: v.nullable(number),
    byHost: v.array(number),
    early: number,
    afterDeadline: number,
  }),
  latency: v.looseObject({ fromIntendedStart: latency, fromActualStart: latency, timeToFail: latency }),
  slip: latency,
  metronome: v.optional(latency),
  timeline: v.looseObject({
    slot: number,
    offered: v.array(number),
    good: v.array(number),
    failed: v.array(number),
    attempts: v.array(number),
  }),
  connections: number,
  eventLoopDelay: number,
  usage: v.array(v.looseObject({ process: text, cpu: number, peakMemory: number })),
  machineBusy: v.nullable(number),
  sidecar: v.nullable(v.looseObject({ requests: number, attempts: number })),
  circuit: v.array(v.looseObject({ at: number, state: text })),
  neighbour: v.nullable(v.looseObject({ calls: number, good: number, latency })),
  traces: v.nullable(v.looseObject({ traces: number, singleRooted: number, orphans: number, clientSpans: number })),
  elapsed: number,
});

const fault = v.looseObject({
  kind: v.picklist(FAULT_KINDS),
  when: v.looseObject({
    from: number,
    to: v.optional(number),
    probability: number,
    host: v.optional(number),
  }),
});

const scenario = v.looseObject({
  name: text,
  family: text,
  title: text,
  shows: text,
  variant: v.record(text, text),
  policy: v.looseObject({ upstream: text }),
  upstream: v.looseObject({ hosts: number, serviceTime: number, body: number }),
  tiers: number,
  faults: v.array(fault),
  load: v.looseObject({
    rate: number,
    calls: v.union([number, v.literal('closed-form')]),
    method: text,
    bursts: v.array(v.looseObject({ from: number, to: number, factor: number })),
  }),
  arms: v.array(arm),
  rounds: number,
  questions: v.array(question),
});

const environment = v.looseObject({
  meshwise: text,
  node: text,
  envoy: v.nullable(text),
  platform: text,
  cpu: text,
  cores: number,
  startedAt: text,
  elapsed: number,
  loadAverage: v.array(number),
  seed: number,
  profile: v.picklist(['short', 'full']),
});

export const reportSchema = v.looseObject({
  schema: v.literal(2),
  environment,
  arms: v.array(v.looseObject({ name: arm, what: text })),
  leftOut: v.array(v.looseObject({ arm, why: text })),
  leftOutScenarios: v.optional(v.array(v.looseObject({ family: text, title: text, why: text }))),
  scenarios: v.array(scenario),
  cells: v.array(cell),
  checks: v.array(v.looseObject({ scenario: text, arm, round: number, passed: v.boolean(), claim: text, found: text })),
  findings: v.array(v.looseObject({ scenario: text, question, id: text, text })),
  withheld: v.array(v.looseObject({ scenario: text, question: v.picklist([...QUESTIONS, 'all']), why: text })),
});
