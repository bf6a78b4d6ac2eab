import { describe, expect, it } from 'vitest';
import { mistakesOf, RANDOM, scenarioOf } from './a-scenario.ts';

const FINE: readonly object[] = [
  { faults: [{ kind: 'hang', from: '1s', to: '2s' }] },
  { faults: [{ kind: 'hang', from: '1999ms' }] },
  { tiers: 3, arms: ['process', 'by-hand'] },
  { sidecarPolicy: { timeout: '1s' }, arms: ['bare', 'mesh'] },
  { stockEjection: true, arms: ['mesh'] },
  { load: { rate: 4000, for: '1s' }, grace: '5s' },
  { load: { rate: 100, for: '2s', method: 'POST', body: 1 } },
  {
    load: {
      rate: 1,
      for: '2s',
      bursts: [
        { from: '1s', to: '2s', factor: 2 },
        { from: 0, to: '1s', factor: 2 },
      ],
    },
  },
  RANDOM,
  { questions: ['recovery'], faults: [{ kind: 'hang', to: '1500ms' }] },
  {
    questions: ['metastability'],
    upstream: { concurrency: 1, serviceTime: 1 },
    faults: [{ kind: 'capacity', factor: 0.5, to: '1s' }],
  },
  { questions: ['bad-host'], upstream: { hosts: 3 }, faults: [{ kind: 'hang', host: 3 }] },
  { questions: ['retry-after'], faults: [{ kind: 'status', retryAfter: '1s' }] },
  { questions: ['deadline'] },
  { questions: ['isolation'], neighbour: { rate: 1 } },
  { questions: ['traces'], arms: ['process+telemetry-sdk'] },
  { questions: ['traces'], arms: ['bare', 'process'] },
  { questions: ['saturation'], matrix: { rate: { path: 'load.rate', values: [1, 2] } } },
  { questions: ['cost'], arms: ['bare', 'process'] },
];

const RANDOM_POLICY = RANDOM.policy;

describe('what makes no sense', () => {
  it.each(FINE)('but this does: %j', (fields) => {
    expect(mistakesOfFine(fields)).toEqual([]);
  });

  it.each<[object, string]>([
    [{ faults: [{ kind: 'hang', from: '2s' }] }, "faults[0].from: must be before the load's end at 2s, not 2s"],
    [{ faults: [{ kind: 'hang', from: '1s', to: '1s' }] }, 'faults[0].to: must be after from 1s, not 1s'],
    [
      { faults: [{ kind: 'hang', to: '2001ms' }] },
      'faults[0].to: must be within the load, which ends at 2s, not 2s1ms; without to a fault lasts to the end',
    ],
    [{ faults: [{ kind: 'hang', host: 2 }] }, "faults[0].host: must be one of the upstream's 1 host, not 2"],
    [
      { upstream: { hosts: 3 }, faults: [{ kind: 'hang' }, { kind: 'hang', host: 4 }] },
      "faults[1].host: must be one of the upstream's 3 hosts, not 4",
    ],
    [
      { faults: [{ kind: 'capacity', factor: 0.5 }], upstream: { concurrency: 4 } },
      'faults[0].kind: capacity needs upstream.concurrency and upstream.serviceTime: without them there is no limit to lower',
    ],
    [
      { tiers: 2, arms: ['process', 'sidecar', 'both'] },
      'arms: must be arms without a sidecar where tiers is more than 1, not sidecar, both',
    ],
    [
      { sidecarPolicy: { timeout: '1s' }, arms: ['process', 'sidecar-noop'] },
      'sidecarPolicy: is executed by none of the arms: name one with a sidecar that executes a policy, such as both',
    ],
    [
      { stockEjection: true, arms: ['process', 'auto'] },
      'stockEjection: has no arm whose sidecar ejects hosts: name one, such as sidecar',
    ],
    [
      { stockEjection: true, arms: ['sidecar'], policy: { circuitBreaker: false } },
      'stockEjection: needs policy.circuitBreaker: hosts are ejected by its numbers',
    ],
    [
      { policy: { timeout: '400ms' }, grace: '300ms' },
      'grace: 300ms must not be shorter than policy.timeout 400ms: the harness would end calls before their deadline',
    ],
    [
      { load: { rate: 5000, for: '1s' }, grace: '6s' },
      'grace: 6s at 5000 calls per second may leave 30000 calls open at once; at most 20000',
    ],
    [
      { load: { rate: 1000, for: '1s', bursts: [{ from: 0, to: 100, factor: 10 }] }, grace: '5s' },
      'grace: 5s at 10000 calls per second may leave 50000 calls open at once; at most 20000',
    ],
    [{ load: { rate: 1, for: '1s', body: 1 } }, 'load.body: must be 0 for GET: fetch sends no body with it'],
    [{ load: { rate: 1, for: '1s', method: 'TRACE' } }, 'load.method: must be a method that fetch sends, not TRACE'],
    [
      {
        load: {
          rate: 10,
          for: '2s',
          bursts: [
            { from: '1s', to: '2s', factor: 2 },
            { from: 0, to: '1001ms', factor: 2 },
          ],
        },
      },
      'load.bursts[0].from: must not be within another burst, which ends at 1s1ms',
    ],
    [
      { load: { rate: 10, for: '2s', bursts: [{ from: '2s', to: '3s', factor: 2 }] } },
      "load.bursts[0].from: must be before the load's end at 2s, not 2s",
    ],
  ])('%j', (fields, line) => {
    expect(mistakesOf(fields)).toEqual([line]);
  });
});

describe('a question without what it needs', () => {
  it.each<[object, string]>([
    [
      { questions: ['cost'], arms: ['process'] },
      'arms: the question cost needs the arm bare, which the others are compared with',
    ],
    [
      { questions: ['recovery'], faults: [{ kind: 'hang', to: '1600ms' }] },
      'faults: the question recovery needs a fault that is over half a second before the load ends',
    ],
    [
      { questions: ['recovery'], faults: [{ kind: 'hang' }] },
      'faults: the question recovery needs a fault that is over half a second before the load ends',
    ],
    [
      { questions: ['metastability'], faults: [{ kind: 'hang', to: '1s' }] },
      'faults: the question metastability needs a capacity fault that is over half a second before the load ends',
    ],
    [
      { questions: ['bad-host'], faults: [{ kind: 'hang', host: 1 }] },
      'faults: the question bad-host needs several upstream.hosts and a fault with a host',
    ],
    [
      { questions: ['retry-after'], faults: [{ kind: 'status' }] },
      'faults: the question retry-after needs a status fault with retryAfter',
    ],
    [{ questions: ['deadline'], policy: { timeout: false } }, 'policy.timeout: the question deadline needs a timeout'],
    [{ questions: ['isolation'] }, 'neighbour: the question isolation needs a neighbour'],
    [
      { questions: ['traces'], arms: ['process+telemetry'] },
      'arms: the question traces needs an arm that makes spans: process, process+telemetry-sdk, both or auto',
    ],
    [
      { questions: ['saturation'] },
      'questions: the question saturation needs several rates: a matrix with the path load.rate',
    ],
    [
      { questions: ['saturation'], matrix: { limit: { path: 'policy.retry.limit', values: [1, 2] } } },
      'questions: the question saturation needs several rates: a matrix with the path load.rate',
    ],
  ])('%j', (fields, line) => {
    expect(mistakesOf(fields)).toEqual([line]);
  });
});

describe('the closed form', () => {
  const FAULTS =
    'faults: the question closed-form needs exactly one fault, a status with a probability below 1, always and on every host';

  it.each<[object, string]>([
    [{ faults: [] }, FAULTS],
    [{ faults: [{ kind: 'hang', probability: 0.3 }] }, FAULTS],
    [{ faults: [{ kind: 'status' }] }, FAULTS],
    [{ faults: [...RANDOM.faults, { kind: 'hang' }] }, FAULTS],
    [{ faults: [{ kind: 'status', probability: 0.3, from: 1 }] }, FAULTS],
    [{ faults: [{ kind: 'status', probability: 0.3, to: '1s' }] }, FAULTS],
    [{ upstream: { hosts: 2 }, faults: [{ kind: 'status', probability: 0.3, host: 1 }] }, FAULTS],
    [{ faults: [{ kind: 'status', probability: 0.3, retryAfter: '1s' }] }, FAULTS],
    [
      { faults: [{ kind: 'status', status: 500, probability: 0.3 }] },
      'policy.retry.on: the question closed-form needs the fault’s status among the retried conditions',
    ],
    [
      { load: { rate: 100, for: '1s' } },
      'load.calls: the question closed-form needs calls: closed-form, as many as its interval takes',
    ],
    [
      { load: { ...RANDOM.load, method: 'POST' } },
      'load.method: the question closed-form needs a method that is retried',
    ],
    [
      { load: { ...RANDOM.load, bursts: [{ from: 0, to: 1, factor: 2 }] } },
      'load.bursts: the question closed-form needs a load without bursts',
    ],
    [
      { policy: { ...RANDOM_POLICY, circuitBreaker: {} } },
      'policy.circuitBreaker: the question closed-form needs circuitBreaker: false',
    ],
    [{ policy: { ...RANDOM_POLICY, retry: {} } }, 'policy.retry.budget: the question closed-form needs budget: false'],
    [
      { policy: { ...RANDOM_POLICY, retry: false } },
      'policy.retry: the question closed-form needs retries; without any write limit: 0',
    ],
    [{ tiers: 2, arms: ['process'] }, 'tiers: the question closed-form needs one tier'],
    [{ sidecarPolicy: { timeout: '20s' } }, 'sidecarPolicy: the question closed-form needs one policy for every layer'],
    [{ questions: ['attempts'] }, 'load.calls: must be a number of calls where closed-form is not among the questions'],
  ])('%j', (fields, line) => {
    expect(mistakesOf({ ...RANDOM, ...fields })).toEqual([line]);
  });

  it('may have no retries', () => {
    expect(scenarioOf({ ...RANDOM, policy: { ...RANDOM_POLICY, retry: { limit: 0, budget: false } } }).name).toBe('a');
  });
});

function mistakesOfFine(fields: object): readonly string[] {
  try {
    return mistakesOf(fields);
  } catch (error) {
    if (error instanceof Error && error.message === 'was taken') return [];
    throw error;
  }
}
