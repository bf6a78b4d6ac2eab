import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { traceOneOrder } from '../../../examples/tracing/traced-order.ts';
import { readDocument } from '../../docs/documents.ts';
import { regionOf } from '../../docs/region.ts';
import { describeWithEnvoy } from '../envoy-test.ts';
import { drawnTraces, EXAMPLE, withoutTimes } from './drawn-traces.ts';
import { outlineOf } from './whole-trace.ts';

/** A run starts six services and two Envoys, on a machine that has other things to do. */
const PATIENCE = 60_000;

describeWithEnvoy('examples/tracing', (binary) => {
  const env = { ...process.env, ENVOY_BIN: binary };

  const SERVICES = [
    'shop SERVER',
    '  shop INTERNAL',
    '    shop CLIENT',
    '      orders SERVER',
    '        orders INTERNAL',
  ];
  const attempt = (failed: string) => [
    `          orders CLIENT${failed}`,
    `            orders-sidecar SERVER${failed}`,
    `              orders-sidecar CLIENT${failed}`,
    `                payments SERVER${failed}`,
  ];

  it.each([
    ['process', ['process', 'process', 'process'], [...attempt(' ERROR'), ...attempt(' ERROR'), ...attempt('')]],
    [
      'auto',
      ['sidecar'],
      [
        ...attempt('').slice(0, 2),
        ...attempt(' ERROR').slice(2),
        ...attempt(' ERROR').slice(2),
        ...attempt('').slice(2),
      ],
    ],
  ] as const)(
    'in mode %s: one root, and whoever retries has a span for each attempt',
    async (mode, owners, attempts) => {
      const spans = await traceOneOrder(binary, mode, new AbortController().signal);
      expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
      expect(outlineOf(spans)).toEqual([...SERVICES, ...attempts]);
      const asked = spans.filter(({ service, kind }) => service === 'orders' && kind === 'CLIENT');
      expect(asked.map(({ attributes }) => attributes.get('meshwise.owner') ?? 'process')).toEqual(owners);
    },
    PATIENCE,
  );

  it(
    'prints the traces that the documentation shows, and ends with all that it started',
    async () => {
      // Resolves when nobody has its output open any more: the services have it as well.
      const drawn = withoutTimes(await drawnTraces(binary));
      const shown = regionOf(readDocument('docs/telemetry.md').text, 'example traces');
      expect(drawn, 'written again by node test/docs/telemetry/write.ts').toBe(withoutTimes(shown));
    },
    PATIENCE,
  );

  it(
    'ends in order when it is interrupted',
    async () => {
      const child = spawn(process.execPath, [EXAMPLE], { env, stdio: ['ignore', 'pipe', 'pipe'] });
      const closed = once(child, 'close');
      let errors = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors += text;
      });
      // The first trace is out, and the second run is on its way.
      await once(child.stdout, 'data');
      child.stdout.resume();
      child.kill('SIGINT');
      expect(await closed).toEqual([130, null]);
      expect(errors).toBe('');
    },
    PATIENCE,
  );
});

describe('examples/tracing without an Envoy', () => {
  it(
    'says so in one line',
    async () => {
      const env = { ...process.env, ENVOY_BIN: '/nowhere/envoy' };
      const failed = await promisify(execFile)(process.execPath, [EXAMPLE], { env }).catch((error: Failed) => error);
      expect(failed).toMatchObject({ code: 1, stdout: '' });
      expect(failed.stderr).toMatch(/^environment: ENVOY_BIN: \/nowhere\/envoy is not an Envoy that runs here .*\n$/);
    },
    PATIENCE,
  );
});

interface Failed {
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}
