import { describe, expect, it } from 'vitest';
import { parseScenarioFile } from '../../../../src/compare/scenario/scenario-file.ts';
import { linesOf, refusal } from '../../policy/problems-of.ts';
import { LEAST, mistakesOf } from './a-scenario.ts';

const ARMS =
  'bare, bare-again, process-noop, sidecar-noop, process, sidecar, two-sidecars, both, auto, mesh, process+retry, process+breaker, process+telemetry, process+telemetry-sdk, by-hand or cockatiel';
const KINDS = 'status, hang, delay, refuse, reset-before-headers, reset-after-headers, half-body or capacity';
const A_WORD = '1 to 40 letters, digits, dots, dashes or underscores, the first a letter or digit';
const A_DURATION = 'a duration such as 250ms, 2s or 1h30m (h, m, s, ms; whole numbers of at most 5 digits)';

function loadWith(fields: object) {
  return { load: { rate: 100, for: '2s', ...fields } };
}

describe('mistakes in a scenario file', () => {
  it.each<[object, string[]]>([
    [{ name: undefined }, [`name: must be ${A_WORD}, not undefined`]],
    [{ name: 'a/b' }, [`name: must be ${A_WORD}, not "a/b"`]],
    [{ title: '' }, ['title: must be text, not ""']],
    [{ shows: 1 }, ['shows: must be text, not 1']],
    [{ questions: [] }, ['questions: must name at least one question']],
    [{ questions: 'cost' }, ['questions: must be a list of questions, not "cost"']],
    [
      { questions: ['costs'] },
      [
        'questions[0]: must be closed-form, latency, cost, attempts, endings, recovery, metastability, bad-host, retry-after, deadline, isolation, traces or saturation, not "costs"; did you mean cost?',
      ],
    ],
    [{ arms: [] }, ['arms: must name at least one arm']],
    [{ arms: ['bare', 'proces'] }, [`arms[1]: must be ${ARMS}, not "proces"; did you mean process?`]],
    [{ rounds: 0 }, ['rounds: must be an integer from 1 to 100, not 0']],
    [{ grace: '2' }, [`grace: must be ${A_DURATION}, not "2": the unit is missing, write 2ms`]],
    [{ grace: 0 }, ['grace: must be longer than 0']],
    [{ stockEjection: 1 }, ['stockEjection: must be true or false, not 1']],
    [{ tiers: 6 }, ['tiers: must be an integer from 1 to 5, not 6']],
    [{ shwos: 'x' }, ['shwos: is not known here; did you mean shows?']],
    [{ neighbour: true }, ['neighbour: must be false or an object { rate }, not true']],
    [{ neighbour: {} }, ['neighbour.rate: must be set']],
    [{ load: undefined }, ['load: must be an object, not undefined']],
    [{ load: {} }, ['load.rate: must be set', 'load: must have either for (how long) or calls (how many)']],
    [{ load: { rate: 100 } }, ['load: must have either for (how long) or calls (how many)']],
    [loadWith({ calls: 10 }), ['load: must have either for (how long) or calls (how many)']],
    [loadWith({ rate: 0 }), ['load.rate: must be a number from 1 to 10000, not 0']],
    [
      loadWith({ arrivals: 'poison' }),
      ['load.arrivals: must be constant or poisson, not "poison"; did you mean poisson?'],
    ],
    [{ load: { rate: 100, calls: 'closed' } }, ['load.calls: must be a number of calls or closed-form, not "closed"']],
    [{ load: { rate: 100, calls: 0 } }, ['load.calls: must be an integer from 1 to 1000000, not 0']],
    [loadWith({ method: 'G T' }), ['load.method: must be an HTTP method, not "G T"']],
    [loadWith({ body: -1 }), ['load.body: must be an integer from 0 to 16777216, not -1']],
    [loadWith({ bursts: {} }), ['load.bursts: must be a list of bursts, not an object']],
    [
      loadWith({ bursts: ['x'] }),
      ['load.bursts[0]: must be an object such as { from: 1s, to: 2s, factor: 10 }, not "x"'],
    ],
    [
      loadWith({ bursts: [{ from: 0, to: 1, factor: 0 }] }),
      ['load.bursts[0].factor: must be a number from 1 to 100, not 0'],
    ],
    [{ upstream: 3 }, ['upstream: must be an object, not 3']],
    [{ upstream: { hosts: 10 } }, ['upstream.hosts: must be an integer from 1 to 9, not 10']],
    [{ upstream: { host: 3 } }, ['upstream.host: is not known here; did you mean hosts?']],
    [{ upstream: { concurrency: 0 } }, ['upstream.concurrency: must be an integer from 1 to 10000, not 0']],
    [{ upstream: { serviceTime: '1.5s' } }, [`upstream.serviceTime: must be ${A_DURATION}, not "1.5s": write 1s500ms`]],
    [{ faults: {} }, ['faults: must be a list of faults, not an object']],
    [
      { faults: ['hang'] },
      ['faults[0]: must be an object such as { kind: status, status: 503, probability: 0.3 }, not "hang"'],
    ],
    [{ faults: [{}] }, ['faults[0].kind: must be set']],
    [{ faults: [{ kind: 'hangs' }] }, [`faults[0].kind: must be ${KINDS}, not "hangs"; did you mean hang?`]],
    [{ faults: [{ kind: 'delay' }] }, ['faults[0].by: must be set']],
    [
      { faults: [{ kind: 'capacity', factor: 0 }] },
      ['faults[0].factor: must be a number above 0 and at most 1, not 0'],
    ],
    [{ faults: [{ kind: 'status', status: 600 }] }, ['faults[0].status: must be an integer from 200 to 599, not 600']],
    [
      { faults: [{ kind: 'status', retryAfter: '1500ms' }] },
      ['faults[0].retryAfter: must be whole seconds, 1s or more: the header holds no fractions'],
    ],
    [{ faults: [{ kind: 'status', retryAfter: 0 }] }, ['faults[0].retryAfter: must be longer than 0']],
    [
      { faults: [{ kind: 'hang', probability: 30 }] },
      ['faults[0].probability: must be a number above 0 and at most 1, not 30'],
    ],
    [
      { faults: [{ kind: 'refuse', probability: 0.5 }] },
      ['faults[0].probability: is not known here; known are kind, host, from and to'],
    ],
    [{ policy: 'none' }, ['policy: must be an object of policy settings, not "none"']],
    [
      { policy: { upstream: 'x' } },
      [
        'policy.upstream: is not known here; known are timeout, retry, circuitBreaker, concurrency, idleTimeout, tracing, errors, fallback, owner, propagate, streaming and mesh',
      ],
    ],
    [{ policy: { retry: { limt: 2 } } }, ['policy.retry.limt: is not known here; did you mean limit?']],
    [
      { policy: { timeout: '1s', retry: { perTryTimeout: '2s' } } },
      ['policy.retry.perTryTimeout: 2s must not exceed timeout 1s'],
    ],
    [{ sidecarPolicy: true }, ['sidecarPolicy: must be an object of policy settings, not true']],
    [
      { sidecarPolicy: { retry: { limit: 101 } } },
      ['sidecarPolicy.retry.limit: must be an integer from 0 to 100, not 101'],
    ],
    [
      { policy: { retry: { perTryTimeout: '500ms' } }, sidecarPolicy: { timeout: '300ms' } },
      ['sidecarPolicy.retry.perTryTimeout: 500ms must not exceed timeout 300ms'],
    ],
    [
      { policy: { retry: { limit: -1 } }, sidecarPolicy: { timeout: '300ms' } },
      ['policy.retry.limit: must be an integer from 0 to 100, not -1'],
    ],
  ])('%j', (fields, lines) => {
    expect(mistakesOf(fields)).toEqual([...lines].sort());
  });

  it.each([null, undefined, 1, 'steady', [], new Map()])('an input that is no object: %s', (input) => {
    expect(linesOf(() => parseScenarioFile(input, 'a.yaml'))[0]).toMatch(/^: must be an object, not /);
  });

  it('are told all at once, after the name of the file', () => {
    const input = { ...LEAST, rounds: 0, arms: ['bar'], faults: [{ kind: 'hang', form: 1 }] };
    expect(refusal(() => parseScenarioFile(input, 'mine.yaml')).message).toBe(
      [
        'mine.yaml:',
        `  - arms[0]: must be ${ARMS}, not "bar"; did you mean bare?`,
        '  - rounds: must be an integer from 1 to 100, not 0',
        '  - faults[0].form: is not known here; did you mean from?',
      ].join('\n'),
    );
  });

  it('leaves a prototype alone', () => {
    const input = JSON.parse('{"policy":{"__proto__":{"timeout":1}},"__proto__":{"rounds":2}}') as object;
    const file = Object.fromEntries([...Object.entries(LEAST), ...Object.entries(input)]);
    const lines = linesOf(() => parseScenarioFile(file, 'a.yaml'));
    expect(lines).toHaveLength(2);
    expect(lines.every((line) => /__proto__: is not known here/.test(line))).toBe(true);
  });
});
