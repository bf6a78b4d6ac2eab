import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type RunningEnvoy, startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Meshwise, type MeshwiseEvents, type Mode } from '../../src/index.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { forgetTelemetry, recordSpans } from '../unit/telemetry/recorded-spans.ts';
import { type CountingUpstream, startCountingUpstream } from './counting-upstream.ts';
import { SETTINGS, sidecarWith } from './policy.ts';

const OPERATOR_RETRIES = {
  retryPolicy: { retry_on: '5xx', num_retries: 2, retry_back_off: { base_interval: '0.001s' } },
};

describeWithEnvoy('both layers retry the same upstream', (binary) => {
  let upstream: CountingUpstream;
  let unmarked: RunningEnvoy;
  let marked: RunningEnvoy;
  const made: Meshwise[] = [];

  beforeAll(async () => {
    upstream = await startCountingUpstream((path) => ({ status: path.startsWith('/good') ? 200 : 503 }));
    const upstreamPort = upstream.port;
    unmarked = await startEnvoy(binary, sidecarWith({ upstreamPort, rule: 'none', operator: OPERATOR_RETRIES }));
    marked = await startEnvoy(binary, sidecarWith({ upstreamPort, operator: OPERATOR_RETRIES }));
  });
  afterEach(async () => {
    for (const meshwise of made.splice(0)) await meshwise.close();
    forgetTelemetry();
  });
  afterAll(async () => {
    await unmarked?.stop();
    await marked?.stop();
    await upstream?.stop();
  });

  function inMode(mode: Mode, settings = SETTINGS) {
    const meshwise = createMeshwise({ env: {}, mode, upstreams: { payments: settings } });
    const events: MeshwiseEvents['doubled'][] = [];
    const warnings: string[] = [];
    meshwise.on('doubled', (event) => events.push(event));
    meshwise.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
    made.push(meshwise);
    const call = async (envoy: RunningEnvoy, path: string) => {
      const response = await meshwise.client('payments')(originOf(envoy) + path);
      await response.arrayBuffer();
    };
    return { meshwise, events, warnings, call };
  }

  const originOf = ({ listeners }: RunningEnvoy) => `http://127.0.0.1:${listeners.get('payments')}`;

  it.each([
    ['process', 'Use MESHWISE_MODE=auto'],
    ['observe', 'No reply has shown a rule that stands back'],
    ['auto', 'No reply has shown a rule that stands back'],
  ] as const)('mode %s: seen with the first call, said once, told for each', async (mode, fix) => {
    const { meshwise, events, warnings, call } = inMode(mode);
    const paths = [`/bad/${mode}/1`, `/bad/${mode}/2`];
    for (const path of paths) await call(unmarked, path);
    expect(paths.map(upstream.attempts)).toEqual([9, 9]);
    expect(events).toEqual(
      paths.map((path) =>
        expect.objectContaining({
          upstream: 'payments',
          url: originOf(unmarked) + path,
          attempts: 3,
          sidecarAttempts: 9,
        }),
      ),
    );
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('MESHWISE_DOUBLED');
    expect(warnings[0]).toContain(fix);
    expect(meshwise.status().doubled).toEqual([
      { upstream: 'payments', origin: originOf(unmarked), calls: 2, attempts: 6, sidecarAttempts: 18 },
    ]);
  });

  it('stands on the call’s span', async () => {
    const { exporter } = recordSpans();
    await inMode('process').call(unmarked, '/bad/span');
    const events = exporter.getFinishedSpans().flatMap(({ events }) => events);
    expect(events.filter(({ name }) => name === 'doubled').map(({ attributes }) => attributes)).toEqual([
      { 'meshwise.doubled.attempts': 3, 'meshwise.doubled.sidecar_attempts': 9 },
    ]);
  });

  it.each([
    ['a success', 'process', 'unmarked', '/good'],
    ['a rule that stands back', 'observe', 'marked', '/bad/observed'],
    ['the sidecar’s retries alone, handed over', 'auto', 'marked', '/bad/handed'],
  ] as const)('is not seen in %s', async (_, mode, where, path) => {
    const { meshwise, events, warnings, call } = inMode(mode);
    const envoy = where === 'marked' ? marked : unmarked;
    await call(envoy, `/good/${mode}`);
    await call(envoy, path);
    expect(upstream.attempts(path)).toBe(path === '/good' ? 1 : 3);
    expect({ events, warnings, doubled: meshwise.status().doubled }).toEqual({ events: [], warnings: [], doubled: [] });
  });

  it('is not seen where the process retries nothing', async () => {
    const { events, call } = inMode('process', { ...SETTINGS, retry: false });
    await call(unmarked, '/bad/single');
    expect(upstream.attempts('/bad/single')).toBe(3);
    expect(events).toEqual([]);
  });
});
