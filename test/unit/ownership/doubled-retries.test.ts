import { describe, expect, it } from 'vitest';
import { DoubledRetriesSeen } from '../../../src/ownership/doubled-retries.ts';
import { EventHub } from '../../../src/telemetry/event-hub.ts';

function watching(facts: { hasRule?: boolean; asks?: boolean } = {}) {
  const { hasRule = false, asks = false } = facts;
  const events = new EventHub();
  const warnings: string[] = [];
  const seen = new DoubledRetriesSeen({
    events,
    hasRule: () => hasRule,
    asks: () => asks,
    warn: (code, message) => warnings.push(`${code} ${message}`),
  });
  const saw = (url: string, attempts = 3, sidecarAttempts = 9) =>
    events.emit('doubled', () => ({ call: 1, upstream: 'payments', method: 'GET', url, attempts, sidecarAttempts }));
  return { seen, warnings, saw };
}

it('is said once for each origin, and counted for each call', () => {
  const { seen, warnings, saw } = watching();
  saw('http://a:8080/charges');
  saw('http://a:8080/refunds', 2, 4);
  saw('http://b/');
  expect(seen.sums()).toEqual([
    { upstream: 'payments', origin: 'http://a:8080', calls: 2, attempts: 5, sidecarAttempts: 13 },
    { upstream: 'payments', origin: 'http://b', calls: 1, attempts: 3, sidecarAttempts: 9 },
  ]);
  expect(warnings.map((warning) => warning.slice(0, warning.indexOf('. ')))).toEqual([
    'MESHWISE_DOUBLED both layers retry payments at http://a:8080: of 3 attempts of this process the sidecar made 9',
    'MESHWISE_DOUBLED both layers retry payments at http://b: of 3 attempts of this process the sidecar made 9',
  ]);
});

it.each([
  [{}, 'Use MESHWISE_MODE=auto, and export the policy'],
  [{ asks: true }, 'No reply has shown a rule that stands back: export the policy'],
  [{ asks: true, hasRule: true }, 'The rule that stands back for this process retries by itself'],
])('says what to change: %j', (facts, fix) => {
  const { warnings, saw } = watching(facts);
  saw('http://a/');
  expect(warnings[0]).toContain(fix);
});

it('does not grow for ever, and takes a wrapped function, which has no URL', () => {
  const { seen, warnings, saw } = watching();
  saw('');
  for (let origin = 0; origin < 1_500; origin++) saw(`http://host-${origin}/`);
  expect(seen.sums()[0]).toMatchObject({ origin: 'payments', calls: 1 });
  expect(seen.sums()).toHaveLength(1_001);
  expect(seen.sums().at(-1)).toMatchObject({ origin: 'other origins', calls: 501 });
  expect(warnings).toHaveLength(1_001);
});

describe("by the sidecar's configuration", () => {
  const connections = {
    kind: 'connections',
    clause: 'connect-failure is retried here and by the sidecar, up to 9 attempts',
  } as const;
  const requests = { kind: 'requests', clause: '503 is retried here and by the sidecar, up to 9 attempts' } as const;
  const MILD = [
    { method: 'GET', ...connections },
    { method: 'PUT', ...connections },
  ];
  const GRAVE = [...MILD, { method: 'GET', ...requests }];
  const AT = ['payments', 'http://a:8080'] as const;

  it('says what it could double, once, and what to change', () => {
    const { seen, warnings } = watching({ asks: true });
    seen.shown(...AT, GRAVE);
    seen.shown(...AT, GRAVE);
    seen.shown('orders', 'http://b', []);
    expect(warnings).toEqual([
      "MESHWISE_DOUBLED the sidecar could double attempts of payments at http://a:8080, as its configuration shows: GET, PUT: connect-failure is retried here and by the sidecar, up to 9 attempts; GET: 503 is retried here and by the sidecar, up to 9 attempts. No reply has shown a rule that stands back: export the policy (npx meshwise export) and apply it; or switch one layer's retries off: retry: false in the policy, or the mesh's own",
    ]);
    expect(seen.sums()).toEqual([]);
  });

  it('is not said again when replies show it, nor after they have; they are counted all the same', () => {
    const { seen, warnings, saw } = watching();
    seen.shown(...AT, GRAVE);
    saw('http://a:8080/');
    expect(warnings).toHaveLength(1);
    expect(seen.sums()).toMatchObject([{ origin: 'http://a:8080', calls: 1 }]);
    saw('http://b/');
    seen.shown('payments', 'http://b', GRAVE);
    expect(warnings).toHaveLength(2);
  });

  it('is said again only when it is graver than refused connections', () => {
    const { seen, warnings, saw } = watching();
    seen.shown(...AT, MILD);
    seen.shown(...AT, MILD);
    expect(warnings).toHaveLength(1);
    seen.shown(...AT, GRAVE);
    seen.shown(...AT, MILD);
    saw('http://a:8080/');
    expect(warnings).toHaveLength(2);
    seen.shown('payments', 'http://b', MILD);
    saw('http://b/');
    expect(warnings.at(-1)).toContain('both layers retry payments at http://b');
  });

  it('does not grow for ever', () => {
    const { seen, warnings } = watching();
    for (let origin = 0; origin < 1_500; origin++) seen.shown('payments', `http://host-${origin}`, GRAVE);
    expect(warnings).toHaveLength(1_001);
  });
});
