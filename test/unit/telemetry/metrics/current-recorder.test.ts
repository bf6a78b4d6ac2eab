import { DiagLogLevel, diag, type MeterProvider, metrics } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { addBackend, currentRecorder } from '../../../../src/telemetry/metrics/current-recorder.ts';

describe('who wants numbers', () => {
  afterEach(() => {
    metrics.disable();
    diag.disable();
  });

  it('nobody, while neither an SDK is registered nor a handler made', () => {
    expect(currentRecorder()).toBeUndefined();
  });

  it('nobody, where the SDK cannot make a meter: said once, and no call fails for it', () => {
    const complaints: string[] = [];
    const ignore = () => undefined;
    const logger = { error: (message: string) => void complaints.push(message), warn: ignore, info: ignore };
    const options = { logLevel: DiagLogLevel.ERROR, suppressOverrideMessage: true };
    diag.setLogger({ ...logger, debug: ignore, verbose: ignore }, options);
    const broken: MeterProvider = {
      getMeter() {
        throw new Error('broken');
      },
    };
    metrics.setGlobalMeterProvider(broken);
    expect([currentRecorder(), currentRecorder()]).toEqual([undefined, undefined]);
    expect(complaints).toEqual(['meshwise: no metrics, its meter could not be made']);
  });

  it('whoever was added, for good', () => {
    const told: number[] = [];
    addBackend({ record: (_, value) => void told.push(value), count: () => undefined });
    currentRecorder()?.call('payments', { outcome: 'timeout', attempts: 2 }, 500);
    expect(told).toEqual([0.5, 2]);
  });
});
