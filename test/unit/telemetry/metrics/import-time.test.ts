import { createNoopMeter, type MeterProvider, metrics } from '@opentelemetry/api';
import { afterAll, expect, it } from 'vitest';

afterAll(() => metrics.disable());

it('gets no meter when it is imported, nor for a client, but for the first call', async () => {
  const asked: string[] = [];
  const provider: MeterProvider = {
    getMeter(name) {
      asked.push(name);
      return createNoopMeter();
    },
  };
  metrics.setGlobalMeterProvider(provider);
  const { createMeshwise } = await import('../../../../src/index.ts');
  await import('../../../../src/telemetry/prometheus/index.ts');
  const meshwise = createMeshwise({ env: {}, upstreams: { payments: {} }, fetch: async () => new Response(null) });
  expect(asked).toEqual([]);
  await meshwise.client('payments')('http://payments.test/');
  await meshwise.client('payments')('http://payments.test/');
  expect(asked).toEqual(['meshwise']);
});
