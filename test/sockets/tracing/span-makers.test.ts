import { SpanKind } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { type Listening, MODES, SPAN_MAKERS, type Traces } from './span-makers.ts';

const ROWS = Object.keys(SPAN_MAKERS) as readonly Listening[];
const CELLS = ROWS.flatMap((listening) => MODES.map((mode) => ({ listening, mode })));

describe('who makes the spans', () => {
  let upstream: ScriptedUpstream;
  let sdk: Sdk | undefined;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => {
    sdk?.stop();
    sdk = undefined;
  });

  it.each(CELLS)('$listening, $mode', async ({ listening, mode }) => {
    const { path, requests } = upstream.script(200);
    const { client } = aClient({ tracing: mode });
    const call = async () => void (await (await client(upstream.origin + path)).text());

    if (listening !== 'nobody' && listening !== 'late-sdk') sdk = new Sdk();
    if (listening === 'instrumented' || listening === 'switched-off') sdk?.instrument();
    await call();
    if (listening === 'late-sdk') sdk = new Sdk();
    if (listening === 'late-instrumented') sdk?.instrument();
    if (listening === 'switched-off') sdk?.uninstrument();

    const wanted = SPAN_MAKERS[listening][1][mode];
    const before = await seen(sdk);
    await call();
    // The call's own span is beside the attempt's.
    const expected = before.all + wanted.spans + (sdk === undefined || mode === 'off' ? 0 : 1);
    const after = await seen(sdk, expected);
    const makers = after.clients.slice(before.clients.length);
    const traces: Traces = {
      spans: makers.length,
      traceparents: linesOf(requests[1]?.headers['traceparent']),
      durations: after.durations - before.durations,
      by: makers[0] as Traces['by'],
    };
    expect(traces).toEqual(wanted);
    expect(after.all).toBe(expected);
    expect(sdk?.open ?? 0).toBe(0);
  });
});

/** Who has made CLIENT spans until now, how many others there are, and what has been measured. */
async function seen(sdk: Sdk | undefined, count = 0) {
  const spans = (await sdk?.spans(count)) ?? [];
  return {
    all: spans.length,
    clients: spans
      .filter(({ kind }) => kind === SpanKind.CLIENT)
      .map(({ instrumentationScope: { name } }) => name.replace('@opentelemetry/', '')),
    durations: (await sdk?.durations()) ?? 0,
  };
}

/** Node joins lines of the same name. */
function linesOf(value: unknown): number {
  return typeof value === 'string' ? value.split(', ').length : 0;
}
