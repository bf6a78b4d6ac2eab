import { httpCluster } from './cluster.ts';
import type { JsonObject } from './json.ts';

/** Where a sidecar sends its spans: OTLP over HTTP, protobuf. */
export interface OtlpCollector {
  /** An address or a name. */
  readonly host: string;
  readonly port: number;
}

/** No upstream's name has a colon. */
const CLUSTER = 'otlp:collector';

/** Spans are lost rather than waited for; calls do not wait for either (Envoy 1.40, run with a dead collector). */
const EXPORT_TIMEOUT = '1s';

/**
 * The connection manager's part: a span for each request, and one for each of the sidecar's attempts at it, which tell
 * why an attempt failed and carry the trace on. Without `spawn_upstream_span` two retries leave no trace (router's
 * upstream_request.cc: the one span's context is written on every attempt).
 *
 * What is sampled is the caller's decision. By default Envoy reads its own out of `x-request-id`, and since 1.39 its
 * tracer clears the caller's flag where that says no (envoyproxy/envoy#45830), which it does of every id that is no
 * UUID. Switched off, the flag of `traceparent` alone counts, and a request without one is sampled (1.40, run).
 */
export function managerTracing(serviceName: string, { host, port }: OtlpCollector): JsonObject {
  const authority = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return {
    request_id_extension: {
      typed_config: {
        '@type': 'type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig',
        use_request_id_for_trace_sampling: false,
      },
    },
    tracing: {
      spawn_upstream_span: true,
      provider: {
        name: 'envoy.tracers.opentelemetry',
        typed_config: {
          '@type': 'type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig',
          service_name: serviceName,
          http_service: {
            http_uri: { uri: `http://${authority}/v1/traces`, cluster: CLUSTER, timeout: EXPORT_TIMEOUT },
          },
        },
      },
    },
  };
}

export function collectorCluster(collector: OtlpCollector): JsonObject {
  return httpCluster(CLUSTER, [collector]);
}
