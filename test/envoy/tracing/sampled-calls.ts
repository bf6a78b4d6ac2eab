import { AlwaysOffSampler, AlwaysOnSampler } from '@opentelemetry/sdk-trace';
import type { RunningEnvoy } from '../../../src/compare/envoy/envoy-process.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { type MeshSampling, tracedByMesh } from './mesh-sampling.ts';
import { startTracedSidecar } from './traced-sidecar.ts';
import { traceparentOf } from './whole-trace.ts';

/** Enough to tell 1 % from all of them. */
export const CALLS = 300;
const AT_A_TIME = 20;

/** One way of sampling, and of x-request-id, on both sides. */
export interface SamplingCase {
  readonly sidecar: MeshSampling | 'exported';
  /** Does the application sample the calls? `no SDK`: it sends no trace at all. */
  readonly application: 'sampled' | 'not sampled' | 'no SDK';
  /** The policy's. */
  readonly requestId: 'keep' | 'align';
  /** Whose `x-request-id`. Default: the sidecar's, as callers send none. */
  readonly sends?: "the caller's, UUIDs" | "the caller's, others" | undefined;
}

export interface SampledCalls {
  /** Requests that reached the upstream with a sampled trace. */
  readonly sampled: number;
  /** Spans of requests that the sidecar sent. */
  readonly sidecarSpans: number;
  /** `x-request-id`s that are UUIDs of version 1 to 8, as strict validators want them. */
  readonly validIds: number;
}

/** Sends the calls through a real Envoy and counts what arrives. */
export async function sampleCalls(binary: string, of: SamplingCase): Promise<SampledCalls> {
  const { sidecar: sampling } = of;
  await using sidecar = await startTracedSidecar(binary, (exported) =>
    sampling === 'exported' ? exported : tracedByMesh(exported, sampling),
  );
  if (of.application !== 'no SDK') {
    recordSpans({ sampler: of.application === 'sampled' ? new AlwaysOnSampler() : new AlwaysOffSampler() });
  }
  try {
    const { upstream, receiver, envoy, origin } = sidecar;
    const payments = sidecar.client('process', { tracing: { requestId: of.requestId } });
    const script = upstream.script(200);
    for (let sent = 0; sent < CALLS; sent += AT_A_TIME) {
      await Promise.all(
        Array.from({ length: AT_A_TIME }, async (_, index) => {
          const headers = idOf(of.sends, sent + index);
          await (await payments(origin + script.path, { headers })).text();
        }),
      );
    }
    const received = script.requests.map(({ headers }) => headers);
    const sampled = received.filter((headers) => traceparentOf(headers['traceparent']).sampled).length;
    const made = await spansMadeBy(envoy);
    await receiver.until((spans) => spans.length >= made);
    return {
      sampled,
      sidecarSpans: receiver.spans.filter(({ name }) => name.startsWith('egress')).length,
      validIds: received.filter((headers) => VALID_UUID.test(String(headers['x-request-id']))).length,
    };
  } finally {
    forgetTelemetry();
  }
}

/** All that it has sent, once no request is under way: a span ends with its request. */
async function spansMadeBy(envoy: RunningEnvoy): Promise<number> {
  for (;;) {
    const stats = await envoy.admin('/stats?filter=(payments.downstream_rq_active|opentelemetry.spans_sent)$');
    const value = (name: string) => Number(new RegExp(`${name}: (\\d+)`).exec(stats)?.[1]);
    if (value('downstream_rq_active') === 0) return value('spans_sent');
  }
}

/** RFC 9562: a version of 1 to 8 at 14, and the variant at 19. */
const VALID_UUID = /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

function idOf(sends: SamplingCase['sends'], call: number): Record<string, string> {
  if (sends === undefined) return {};
  return { 'x-request-id': sends === "the caller's, UUIDs" ? crypto.randomUUID() : `order-${call}` };
}
