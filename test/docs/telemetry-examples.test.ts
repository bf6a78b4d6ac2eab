import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { EVENT_NAMES } from '../../src/telemetry/events.ts';
import { INSTRUMENT_NAMES } from '../../src/telemetry/metrics/instruments.ts';
import { prometheusName } from '../../src/telemetry/prometheus/exposition.ts';
import { ROOT } from './documents.ts';

const run = promisify(execFile);

/** The lines of an example, run as a reader runs it, but with the sources for `meshwise`. */
async function linesOf(example: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const fromSource = join(ROOT, 'examples/tracing/from-source.ts');
  const program = [process.execPath, ['--import', fromSource, join(ROOT, 'examples', example, 'run.ts')]] as const;
  // The variable that switches SDKs off in tests is not the reader's.
  const { OTEL_SDK_DISABLED: _, ...inherited } = process.env;
  const { stdout } = await run(...program, { cwd: ROOT, env: { ...inherited, ...env }, timeout: 50_000 });
  return stdout.trimEnd().split('\n');
}

interface LogLine {
  readonly msg: string;
  readonly level: number;
  readonly trace_id: string;
  readonly span_id: string;
  readonly [field: string]: unknown;
}

describe('examples/logs', () => {
  async function logged(level: string): Promise<readonly LogLine[]> {
    return (await linesOf('logs', { LOG_LEVEL: level })).map((line) => JSON.parse(line) as LogLine);
  }

  it('logs retries, time limits, the circuit and rejections, each in the trace of its request', async () => {
    const lines = await logged('info');
    for (const { trace_id, span_id } of lines) {
      expect(trace_id).toMatch(/^[0-9a-f]{32}$/);
      expect(span_id).toMatch(/^[0-9a-f]{16}$/);
    }
    const traces = Map.groupBy(lines, ({ trace_id }) => trace_id);
    const told = Object.fromEntries([...traces.values()].map((ofOne) => [pathIn(ofOne), ofOne.map(({ msg }) => msg)]));
    expect(told).toEqual({
      '/orders/1': ['retry', 'answered'],
      '/orders/2': ['timeout', 'retry', 'timeout', 'retry-refused', 'failed'],
      '/orders/3': ['circuit-open', 'retry', 'circuit-rejected', 'retry-refused', 'answered'],
      '/orders/4': ['circuit-rejected', 'failed'],
      '/stock/1': ['answered'],
      '/stock/2': ['concurrency-rejected', 'failed'],
    });
    expect(lines.find(({ msg }) => msg === 'timeout')).toMatchObject({ level: 40, scope: 'attempt', timeoutMs: 1000 });
    expect(lines.find(({ msg }) => msg === 'circuit-open')).toMatchObject({ level: 50, upstream: 'payments' });
  }, 60_000);

  it('tells with LOG_LEVEL=debug of each attempt within its own span', async () => {
    const lines = await logged('debug');
    const attempts = lines.filter(({ msg }) => msg === 'attempt');
    expect(attempts.length).toBeGreaterThan(4);
    expect(new Set(attempts.map(({ span_id }) => span_id)).size).toBe(attempts.length);
    const known: readonly string[] = [...EVENT_NAMES, 'answered', 'failed'];
    expect(lines.filter(({ msg }) => !known.includes(msg))).toEqual([]);
  }, 60_000);

  function pathIn(lines: readonly LogLine[]): unknown {
    return lines.find((line) => 'path' in line)?.['path'];
  }
});

describe('examples/prometheus', () => {
  it('prints every metric that there is, as the exporter names it', async () => {
    const lines = await linesOf('prometheus');
    const shown = new Set(lines.map((line) => line.replace(/(_count|_sum)?\{.*/, '')));
    const named = INSTRUMENT_NAMES.map((name) => prometheusName(name).replace(/_seconds$/, ''));
    expect([...shown].toSorted()).toEqual(named.toSorted());
    const calls = 'meshwise_call_duration_count{meshwise_upstream="payments",meshwise_outcome="response"} 20';
    expect(lines).toContain(calls);
    expect(lines).toContain('meshwise_call_attempts_sum{meshwise_upstream="payments"} 29');
  }, 60_000);
});
