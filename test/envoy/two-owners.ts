import { startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { createMeshwise, type Mode, type PolicySettings } from '../../src/index.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';
import { prometheusHandler } from '../../src/telemetry/prometheus/index.ts';
import {
  type Family,
  type Labels,
  parseExposition,
  type Sample,
} from '../unit/telemetry/prometheus/parsed-exposition.ts';
import { startScriptedUpstream } from './scripted-upstream.ts';

const CALLS = 10;

const HTTP = 'http_client_request_duration_seconds_count';

const SETTINGS: PolicySettings = {
  timeout: '5s',
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
  circuitBreaker: false,
};

/** What was counted during one run: by meshwise, by the sidecar, and by the upstream itself. */
export interface OwnedRun {
  /** Every metric that told something, with the names of its labels. */
  readonly shape: readonly string[];
  /** The growth of all series of this name and these labels; of a gauge its value at the end. */
  value(name: string, labels?: Labels): number;
  readonly sidecarRequests: number;
  readonly sidecarRetries: number;
  readonly received: number;
}

/**
 * Ten calls, each answered by 503, 503 and then 200, through the same exported sidecar: once in mode `process`, once in
 * `auto`, after a call that has shown the rule.
 */
export async function runTwoOwners(
  binary: string,
): Promise<{ readonly process: OwnedRun; readonly sidecar: OwnedRun }> {
  const upstream = await startScriptedUpstream();
  const policy = parsePolicy({ upstream: 'payments', ...SETTINGS });
  const endpoints = [{ host: '127.0.0.1', port: upstream.port }];
  const envoy = await startEnvoy(binary, envoyBootstrap({ upstreams: [{ policy, listen: { port: 0 }, endpoints }] }));
  const handler = prometheusHandler();
  const origin = `http://127.0.0.1:${envoy.listeners.get('payments')}`;

  async function statsOf(name: string): Promise<number> {
    const text = await envoy.admin(`/stats?filter=^cluster\\..*\\.${name}$`);
    return [...text.matchAll(/: (\d+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
  }

  async function run(mode: Mode): Promise<OwnedRun> {
    const meshwise = createMeshwise({ env: {}, mode, upstreams: { payments: SETTINGS } });
    const client = meshwise.client('payments');
    await (await client(origin + upstream.script(200).path)).text();
    const before = parseExposition(handler.text());
    const [requests, retries] = [await statsOf('upstream_rq_total'), await statsOf('upstream_rq_retry')];
    let received = 0;
    for (let call = 0; call < CALLS; call++) {
      const script = upstream.script(503, 503, 200);
      await (await client(origin + script.path)).text();
      received += script.requests.length;
    }
    const after = parseExposition(handler.text());
    const [requestsAfter, retriesAfter] = [await statsOf('upstream_rq_total'), await statsOf('upstream_rq_retry')];
    await meshwise.close();
    return {
      shape: shapeOf(before, after),
      value: (name, labels = {}) => {
        const isGauge = after.some((family) => family.name === name && family.type === 'gauge');
        return sumOf(after, name, labels) - (isGauge ? 0 : sumOf(before, name, labels));
      },
      sidecarRequests: requestsAfter - requests,
      sidecarRetries: retriesAfter - retries,
      received,
    };
  }

  try {
    return { process: await run('process'), sidecar: await run('auto') };
  } finally {
    await envoy.stop();
    await upstream.stop();
  }
}

/** The rows of the table in the documentation: what, and both numbers. */
export function rowsOf(runs: {
  readonly process: OwnedRun;
  readonly sidecar: OwnedRun;
}): readonly (readonly string[])[] {
  const both = (what: string, number: (run: OwnedRun) => number) => [
    what,
    String(number(runs.process)),
    String(number(runs.sidecar)),
  ];
  const meshwise = (shown: string, name: string, labels?: Labels) =>
    both(`\`${shown}\``, (run) => run.value(name, labels));
  const owned = (owner: string) =>
    meshwise(`meshwise_plan_origins{meshwise_concern="retry",meshwise_owner="${owner}"}`, 'meshwise_plan_origins', {
      meshwise_concern: 'retry',
      meshwise_owner: owner,
    });
  return [
    owned('process'),
    owned('sidecar'),
    meshwise('meshwise_call_duration_seconds_count', 'meshwise_call_duration_seconds_count'),
    both('… with an `error_type`', (run) => run.value('meshwise_call_duration_seconds_count', { error_type: '503' })),
    meshwise('meshwise_call_attempts_sum', 'meshwise_call_attempts_sum'),
    meshwise(HTTP, HTTP),
    both('… with an `error_type`', (run) => run.value(HTTP, { error_type: '503' })),
    meshwise('meshwise_retry_delay_seconds_count', 'meshwise_retry_delay_seconds_count'),
    meshwise('meshwise_events_total{meshwise_event="retry"}', 'meshwise_events_total', { meshwise_event: 'retry' }),
    both("Envoy's `upstream_rq_total`", ({ sidecarRequests }) => sidecarRequests),
    both("Envoy's `upstream_rq_retry`", ({ sidecarRetries }) => sidecarRetries),
    both('requests that the upstream received', ({ received }) => received),
  ];
}

function sumOf(families: readonly Family[], name: string, labels: Labels): number {
  return families
    .flatMap(({ samples }) => samples)
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    )
    .reduce((sum, { value }) => sum + value, 0);
}

/** Of gauges all; of the others those that grew. */
function shapeOf(before: readonly Family[], after: readonly Family[]): readonly string[] {
  const lineOf = ({ name, labels }: Sample) => `${name}{${Object.entries(labels).join()}}`;
  const known = new Map(before.flatMap(({ samples }) => samples.map((sample) => [lineOf(sample), sample.value])));
  const told = after.flatMap(({ name, type, samples }) =>
    samples
      .filter((sample) => type === 'gauge' || sample.value > (known.get(lineOf(sample)) ?? 0))
      .map(({ labels }) => [name, ...Object.keys(labels).filter((label) => label !== 'le')].join(' ')),
  );
  return [...new Set(told)].toSorted();
}
