import { SpanStatusCode } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PolicySettings } from '../../../src/index.ts';
import { VirtualClock } from '../../../src/testing/index.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { aClient, rejectionOf } from '../fetch/a-meshwise.ts';
import { endedSpans, eventsOf } from './ended-spans.ts';

let upstream: ScriptedUpstream;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());
afterEach(forgetTelemetry);

describe('the span of a call tells', () => {
  it('how long was waited, why, and on whose word', async () => {
    const recording = recordSpans();
    const { client } = aClient({ retry: { limit: 2, backoff: { base: 1, max: 1 } } });
    const asked = { status: 503, headers: { 'retry-after-ms': '7' } };
    await (await client(upstream.origin + upstream.script(asked, 503, 200).path)).text();
    const { calls } = endedSpans(recording);
    const reason = ['gateway-error'];
    expect(eventsOf(calls[0])).toEqual([
      {
        name: 'retry',
        'meshwise.retry.wait_ms': expect.any(Number),
        'meshwise.retry.wait_source': 'retry-after',
        'meshwise.retry.reason': reason,
      },
      {
        name: 'retry',
        'meshwise.retry.wait_ms': expect.any(Number),
        'meshwise.retry.wait_source': 'backoff',
        'meshwise.retry.reason': reason,
      },
    ]);
    expect(calls[0]?.events[0]?.attributes?.['meshwise.retry.wait_ms']).toBeGreaterThanOrEqual(7);
  });

  it('which limit passed: of an attempt, and of the call', async () => {
    const recording = recordSpans();
    const { client } = aClient({ retry: { limit: 1, perTryTimeout: 40 } });
    await rejectionOf(client(upstream.origin + upstream.script('hang').path));
    await rejectionOf(
      client.with({ timeout: 40, retry: { perTryTimeout: false } })(upstream.origin + upstream.script('hang').path),
    );
    const { calls, attempts } = endedSpans(recording);
    const timeouts = calls.map((span) =>
      span.events
        .filter(({ name }) => name === 'timeout')
        .map(({ attributes: a }) => [a?.['meshwise.timeout.scope'], a?.['meshwise.timeout.limit_ms']]),
    );
    expect(timeouts).toEqual([
      [
        ['attempt', 40],
        ['attempt', 40],
      ],
      [['call', 40]],
    ]);
    expect(attempts.map(({ attributes }) => attributes['error.type'])).toEqual(['timeout', 'timeout', 'timeout']);
    expect(calls.map(({ attributes }) => attributes['error.type'])).toEqual(['timeout', 'timeout']);
  });
});

describe('what happens after the headers', () => {
  const stalls = { status: 200, pieces: ['a', 'b'], every: 60_000 } as const;

  it.each<[string, Answer, PolicySettings, string | undefined]>([
    ['a body that breaks off', 'cut', {}, undefined],
    ['a body that falls silent', stalls, { idleTimeout: '5s' }, 'idle'],
    ['a deadline that passes', stalls, { timeout: '5s' }, 'call'],
  ])('%s is on no span; of our own limits the event tells', async (_what, answer, settings, scope) => {
    const recording = recordSpans();
    const clock = new VirtualClock();
    const { client, meshwise } = aClient(settings, { clock });
    const told: string[] = [];
    meshwise.on('timeout', (event) => void told.push(event.scope));
    const response = await client(upstream.origin + upstream.script(answer).path);
    const before = endedSpans(recording);
    const failed = rejectionOf(response.text());
    await clock.advance(5000);
    await failed;
    expect(told).toEqual(scope === undefined ? [] : [scope]);
    expect(endedSpans(recording)).toEqual(before);
    for (const { status, events } of [...before.calls, ...before.attempts]) {
      expect([status.code, events]).toEqual([SpanStatusCode.UNSET, []]);
    }
    expect([before.calls.length, before.attempts.length]).toEqual([1, 1]);
  });
});

describe('a redirect', () => {
  it('is inside one attempt, whose URL is the first', async () => {
    const recording = recordSpans();
    const { client } = aClient({ retry: false, tracing: { redact: ['token'] } });
    const target = upstream.script(200);
    const { path } = upstream.script({ status: 302, headers: { location: target.path } });
    await (await client(`${upstream.origin}${path}?token=secret`)).text();
    const { attempts } = endedSpans(recording);
    expect(attempts.map(({ attributes }) => [attributes['url.full'], attributes['http.response.status_code']])).toEqual(
      [[`${upstream.origin}${path}?token=REDACTED`, 200]],
    );
  });
});
