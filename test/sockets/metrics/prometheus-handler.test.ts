import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusHandler } from '../../../src/telemetry/prometheus/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { type Family, parseExposition, sampleValue } from '../../unit/telemetry/prometheus/parsed-exposition.ts';
import { aClient, rejectionOf } from '../fetch/a-meshwise.ts';

/** No SDK is registered anywhere in this file. */
describe('the Prometheus handler', () => {
  let upstream: ScriptedUpstream;
  let server: Server;
  let endpoint: string;

  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const { client } = aClient();
    await (await client(upstream.origin + upstream.script(200).path)).text();
    server = createServer(prometheusHandler());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await upstream.stop();
  });

  async function scrape(): Promise<readonly Family[]> {
    return parseExposition(await (await fetch(endpoint)).text());
  }

  it('counts from when it was made, and shows what there is already', async () => {
    const families = await scrape();
    expect(sampleValue(families, 'meshwise_call_duration_seconds_count')).toBeUndefined();
    expect(sampleValue(families, 'meshwise_circuit_breaker_circuits', { meshwise_circuit_state: 'closed' })).toBe(1);
  });

  it('tells of calls and attempts without an SDK', async () => {
    const { client, meshwise } = aClient({ concurrency: { limit: 1, queue: 1 }, timeout: '5s' });
    await (await client(upstream.origin + upstream.script(503, 503, 200).path)).text();
    const waiting = upstream.origin + upstream.script({ status: 200, delay: 30 }).path;
    const both = [client(waiting), client(waiting)];
    const during = await scrape();
    await Promise.all(both.map(async (call) => (await call).text()));

    expect(sampleValue(during, 'meshwise_concurrency_in_use')).toBe(1);
    expect(sampleValue(during, 'meshwise_concurrency_queued')).toBe(1);
    const after = await scrape();
    expect(sampleValue(after, 'meshwise_call_duration_seconds_count', { meshwise_outcome: 'response' })).toBe(3);
    expect(sampleValue(after, 'meshwise_call_attempts_sum')).toBe(5);
    expect(sampleValue(after, 'meshwise_retry_delay_seconds_count')).toBe(2);
    const status = (code: string) => ({ http_response_status_code: code, server_port: String(upstream.port) });
    expect(sampleValue(after, 'http_client_request_duration_seconds_count', status('503'))).toBe(2);
    expect(sampleValue(after, 'http_client_request_duration_seconds_count', status('200'))).toBe(3);
    expect(sampleValue(after, 'meshwise_concurrency_in_use')).toBe(0);
    await meshwise.close();
  });

  it('shows an opened circuit as it is when it is scraped', async () => {
    const { client, meshwise } = aClient({
      retry: false,
      circuitBreaker: { consecutiveFailures: 2, openFor: '10m', maxOpenFor: '10m' },
    });
    const url = upstream.origin + upstream.script(503).path;
    for (let call = 0; call < 2; call++) await (await client(url)).text();
    await rejectionOf(client(url));
    const families = await scrape();
    expect(sampleValue(families, 'meshwise_circuit_breaker_circuits', { meshwise_circuit_state: 'open' })).toBe(1);
    expect(sampleValue(families, 'meshwise_events_total', { meshwise_event: 'circuit-open' })).toBe(1);
    expect(sampleValue(families, 'meshwise_events_total', { meshwise_event: 'circuit-rejected' })).toBe(1);
    await meshwise.close();
  });

  it('answers HEAD without a body, and refuses what is no question', async () => {
    const head = await fetch(endpoint, { method: 'HEAD' });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
    expect(await head.text()).toBe('');
    const post = await fetch(endpoint, { method: 'POST', body: 'x' });
    expect(post.status).toBe(405);
    expect(post.headers.get('allow')).toBe('GET, HEAD');
    await post.text();
  });

  it('is one for the process, also as text', async () => {
    const other = prometheusHandler();
    const { client, meshwise } = aClient();
    await (await client(upstream.origin + upstream.script(200).path)).text();
    // The budget's second may pass between the two.
    const without = (text: string) => text.replaceAll(/^meshwise_retry_budget_.*$/gm, '');
    expect(without(other.text())).toBe(without(await (await fetch(endpoint)).text()));
    expect(other.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    await meshwise.close();
  });
});
