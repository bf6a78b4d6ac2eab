import { SpanKind } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Meshwise, TracingMode } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { spanTree, without } from './span-tree.ts';

interface Arrangement {
  readonly mode: TracingMode;
  readonly instrumented: boolean;
  readonly expected: (scenario: Scenario) => readonly string[];
}

const isAttempt = (line: string) => line.startsWith('CLIENT');
const isCall = (line: string) => line.startsWith('INTERNAL');
const own = (scenario: Scenario) => scenario.own;
const delegated = (scenario: Scenario) => scenario.delegated ?? scenario.own;
/** The attempts go without spans. */
const unmade = (scenario: Scenario) => without(scenario.own, isAttempt);
/** What an instrumentation makes of a fetch of whose retries it knows nothing. */
const bare = (scenario: Scenario) =>
  without(delegated(scenario), isCall).map((line) => line.replace(/ resend \d+/, ''));
const nothing = (scenario: Scenario) => without(unmade(scenario), isCall);

const ARRANGEMENTS: readonly Arrangement[] = [
  { mode: 'own', instrumented: false, expected: own },
  { mode: 'own', instrumented: true, expected: own },
  { mode: 'auto', instrumented: false, expected: own },
  { mode: 'auto', instrumented: true, expected: delegated },
  { mode: 'delegate', instrumented: false, expected: unmade },
  { mode: 'delegate', instrumented: true, expected: delegated },
  { mode: 'off', instrumented: false, expected: nothing },
  { mode: 'off', instrumented: true, expected: bare },
];

describe.each(ARRANGEMENTS)('the spans of a call: tracing $mode, instrumented: $instrumented', (arrangement) => {
  const { mode, instrumented, expected } = arrangement;
  let upstream: ScriptedUpstream;
  let sdk: Sdk;
  const opened: Meshwise[] = [];
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(async () => {
    sdk.stop();
    for (const meshwise of opened.splice(0)) await meshwise.close({ timeout: 0 });
  });

  it.each(Object.entries(SCENARIOS))('%s', async (_, scenario) => {
    sdk = new Sdk({ instrumented });
    const { origin, script } = upstream;
    await scenario.play({
      origin,
      script,
      open(settings, options) {
        const made = aClient({ ...settings, tracing: mode }, options);
        opened.push(made.meshwise);
        return made;
      },
    });
    const tree = expected(scenario);
    const spans = await sdk.spans(tree.length);
    expect(spanTree(spans)).toEqual(tree);
    expect(sdk.open).toBe(0);

    const maker = expected === delegated || expected === bare ? '@opentelemetry/instrumentation-undici' : 'meshwise';
    const attempts = spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    for (const { instrumentationScope, attributes } of attempts) {
      expect(instrumentationScope.name).toBe(maker);
      expect(attributes['meshwise.upstream']).toBe(mode === 'off' ? undefined : 'payments');
    }
  });
});
