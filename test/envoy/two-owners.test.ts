import { beforeAll, expect, it } from 'vitest';
import { readDocument } from '../docs/documents.ts';
import { regionOf } from '../docs/region.ts';
import { sideBySideTable } from '../docs/telemetry/tables.ts';
import { describeWithEnvoy } from './envoy-test.ts';
import { type OwnedRun, rowsOf, runTwoOwners } from './two-owners.ts';

describeWithEnvoy('metrics of two owners', (binary) => {
  let runs: { readonly process: OwnedRun; readonly sidecar: OwnedRun };

  beforeAll(async () => {
    runs = await runTwoOwners(binary);
  });

  it('have the same shape, so that one dashboard shows both; only nobody here retries, and no attempt failed', () => {
    const { process: ofProcess, sidecar: ofSidecar } = runs;
    expect(ofSidecar.shape.filter((told) => !ofProcess.shape.includes(told))).toEqual([]);
    expect(ofProcess.shape.filter((told) => !ofSidecar.shape.includes(told))).toEqual([
      'http_client_request_duration_seconds http_request_method server_address server_port http_response_status_code error_type',
      'meshwise_events_total meshwise_upstream meshwise_event meshwise_reason',
      'meshwise_retry_delay_seconds meshwise_upstream',
    ]);
  });

  it('count the same calls, and the attempts where they are made', () => {
    const calls = 'meshwise_call_duration_seconds_count';
    const attempts = 'http_client_request_duration_seconds_count';
    expect([runs.process.value(calls), runs.sidecar.value(calls)]).toEqual([10, 10]);
    expect([runs.process.value(attempts), runs.sidecar.value(attempts)]).toEqual([30, 10]);
    expect([runs.process.sidecarRetries, runs.sidecar.sidecarRetries]).toEqual([0, 20]);
    expect([runs.process.received, runs.sidecar.received]).toEqual([30, 30]);
  });

  it('are those that the documentation shows', () => {
    const shown = regionOf(readDocument('docs/telemetry.md').text, 'two owners');
    expect(shown, 'written again by node test/docs/telemetry/write.ts').toBe(sideBySideTable(rowsOf(runs)));
  });
});
