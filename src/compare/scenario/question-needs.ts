import { Conditions } from '../../call/conditions.ts';
import type { Mistake } from '../../policy/check.ts';
import { ARMS, makesSpans } from '../arms/arm.ts';
import type { QuestionName, Scenario } from './scenario.ts';
import { lengthOf, type Policies } from './sense.ts';

/** What a question needs in order to have an answer. */
export function needsOf(scenario: Scenario, policies: Policies): Mistake[] {
  return [
    ...scenario.questions.flatMap((question) => NEEDS[question]?.(scenario, policies) ?? []),
    ...(scenario.load.calls === 'closed-form' && !scenario.questions.includes('closed-form')
      ? [{ keys: ['load', 'calls'], message: 'must be a number of calls where closed-form is not among the questions' }]
      : []),
  ];
}

type Need = (scenario: Scenario, policies: Policies) => Mistake[];

/** A fault that is over early enough for something to be seen afterwards. */
const AFTERWARDS = 500;

const NEEDS: Partial<Readonly<Record<QuestionName, Need>>> = {
  'closed-form': closedForm,
  cost: ({ arms }) =>
    missing('cost', arms.includes('bare'), ['arms'], 'the arm bare, which the others are compared with'),
  recovery: (scenario) =>
    missing('recovery', endsEarly(scenario), ['faults'], 'a fault that is over half a second before the load ends'),
  metastability: (scenario) =>
    missing(
      'metastability',
      scenario.faults.some(({ kind }) => kind === 'capacity') && endsEarly(scenario),
      ['faults'],
      'a capacity fault that is over half a second before the load ends',
    ),
  'bad-host': ({ faults, upstream }) =>
    missing(
      'bad-host',
      upstream.hosts > 1 && faults.some(({ when }) => when.host !== undefined),
      ['faults'],
      'several upstream.hosts and a fault with a host',
    ),
  'retry-after': ({ faults }) =>
    missing(
      'retry-after',
      faults.some((fault) => fault.kind === 'status' && fault.retryAfter !== undefined),
      ['faults'],
      'a status fault with retryAfter',
    ),
  deadline: (_scenario, { policy }) =>
    missing('deadline', policy.timeout !== false, ['policy', 'timeout'], 'a timeout'),
  isolation: ({ neighbour }) => missing('isolation', neighbour !== undefined, ['neighbour'], 'a neighbour'),
  traces: ({ arms }) =>
    missing(
      'traces',
      ARMS.some(({ name, client }) => arms.includes(name) && makesSpans(client)),
      ['arms'],
      'an arm that makes spans: process, process+telemetry-sdk, both or auto',
    ),
};

/** Only independent attempts with the same chance have it. */
function closedForm(
  { load, faults, tiers, sidecarPolicy }: Scenario,
  { policy: { retry, circuitBreaker } }: Policies,
): Mistake[] {
  const [fault, ...others] = faults;
  const need = (fulfilled: boolean, keys: Mistake['keys'], what: string) =>
    missing('closed-form', fulfilled, keys, what);
  const isRandom =
    fault?.kind === 'status' &&
    others.length === 0 &&
    fault.when.probability < 1 &&
    fault.when.from === 0 &&
    fault.when.to === undefined &&
    fault.when.host === undefined &&
    fault.retryAfter === undefined;
  return [
    ...need(isRandom, ['faults'], 'exactly one fault, a status with a probability below 1, always and on every host'),
    ...need(load.calls === 'closed-form', ['load', 'calls'], 'calls: closed-form, as many as its interval takes'),
    ...need(load.bursts.length === 0, ['load', 'bursts'], 'a load without bursts'),
    ...need(circuitBreaker === false, ['policy', 'circuitBreaker'], 'circuitBreaker: false'),
    ...need(tiers === 1, ['tiers'], 'one tier'),
    ...need(sidecarPolicy === undefined, ['sidecarPolicy'], 'one policy for every layer'),
    ...(retry === false
      ? need(false, ['policy', 'retry'], 'retries; without any write limit: 0')
      : [
          ...need(retry.budget === false, ['policy', 'retry', 'budget'], 'budget: false'),
          ...need(
            fault?.kind !== 'status' || new Conditions(retry.on).meetsStatus(fault.status),
            ['policy', 'retry', 'on'],
            'the fault’s status among the retried conditions',
          ),
          ...need(retry.methods.includes(load.method), ['load', 'method'], 'a method that is retried'),
        ]),
  ];
}

/** Several rates, of which one is the last that holds: a matter of all the file's scenarios. */
export function familyNeedsOf(scenarios: readonly Scenario[]): Mistake[] {
  const asked = scenarios.filter(({ questions }) => questions.includes('saturation'));
  const rates = new Set(asked.map(({ load }) => load.rate));
  return asked.length === 0
    ? []
    : missing('saturation', rates.size > 1, ['questions'], 'several rates: a matrix with the path load.rate');
}

function endsEarly(scenario: Scenario): boolean {
  return scenario.faults.some(({ when: { to } }) => to !== undefined && to + AFTERWARDS <= lengthOf(scenario));
}

function missing(question: QuestionName, fulfilled: boolean, keys: Mistake['keys'], what: string): Mistake[] {
  return fulfilled ? [] : [{ keys, message: `the question ${question} needs ${what}` }];
}
