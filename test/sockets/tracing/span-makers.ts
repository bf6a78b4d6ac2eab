import type { TracingMode } from '../../../src/index.ts';

/** What is registered when the call is made that is looked at. */
export type Listening = 'nobody' | 'sdk' | 'late-sdk' | 'instrumented' | 'late-instrumented' | 'switched-off';

/** What one call with one attempt leaves behind. */
export interface Traces {
  /** CLIENT spans. */
  readonly spans: number;
  /** Lines `traceparent` on the wire. */
  readonly traceparents: number;
  /** Measurements of `http.client.request.duration`. */
  readonly durations: number;
  /** Who makes the CLIENT span: the instrumentation scope. */
  readonly by: 'meshwise' | 'instrumentation-undici' | undefined;
}

const NONE: Traces = { spans: 0, traceparents: 0, durations: 0, by: undefined };
const OURS: Traces = { spans: 1, traceparents: 1, durations: 1, by: 'meshwise' };
const THEIRS: Traces = { spans: 1, traceparents: 1, durations: 1, by: 'instrumentation-undici' };

/** Columns in this order. */
export const MODES = ['own', 'delegate', 'auto', 'off'] as const satisfies readonly TracingMode[];

type Row = readonly [what: string, cells: Readonly<Record<(typeof MODES)[number], Traces>>];

const WITHOUT_SDK: Row[1] = { own: NONE, delegate: NONE, auto: NONE, off: NONE };
const WITH_SDK: Row[1] = { own: OURS, delegate: NONE, auto: OURS, off: NONE };
/** The span and the header of `own` are ours, the duration is instrumentation-undici's: it measures also what is suppressed. */
const INSTRUMENTED: Row[1] = { own: OURS, delegate: THEIRS, auto: THEIRS, off: THEIRS };

/** Who makes the spans: asserted cell by cell by span-makers.test.ts, and shown in docs/telemetry.md. */
export const SPAN_MAKERS: Readonly<Record<Listening, Row>> = {
  nobody: ['no SDK', WITHOUT_SDK],
  sdk: ['an SDK', WITH_SDK],
  'late-sdk': ['an SDK, registered after the first call', WITH_SDK],
  instrumented: ['an SDK and instrumentation-undici', INSTRUMENTED],
  'late-instrumented': ['the same, the instrumentation registered after the first call', INSTRUMENTED],
  'switched-off': ['the same, the instrumentation switched off again', WITH_SDK],
};
