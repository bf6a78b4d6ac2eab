import type { Context } from '@opentelemetry/api';
import { delegatedRequestsIn, type StartedSpan } from './delegated-requests.ts';

/**
 * A span processor for an OpenTelemetry SDK (2.x or 3.x) whose instrumentation makes the attempts' spans
 * (`tracing: delegate`, or `auto` beside instrumentation-undici): it adds to them what only meshwise knows,
 * `http.request.resend_count` and `meshwise.upstream`. No other span is touched, and none is exported by it: the
 * processors that do stand beside it.
 *
 * @example
 * new NodeSDK({ spanProcessors: [new AttemptSpanProcessor(), new BatchSpanProcessor({ exporter })], instrumentations });
 */
export class AttemptSpanProcessor {
  onStart(span: StartedSpan, parentContext: Context): void {
    delegatedRequestsIn(parentContext)?.spanStarted(span);
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
