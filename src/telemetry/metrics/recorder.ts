import { type Attributes, diag } from '@opentelemetry/api';
import { type CallEnd, failureOf } from '../call-span.ts';
import type { EventName, MeshwiseEvents } from '../events.ts';
import type { MetricBackend } from './backend.ts';
import { type CountedEvent, isCounted, reasonOf } from './counted-events.ts';
import { upstreamLabel } from './upstream-label.ts';

/** Turns what happens into numbers, once, for everybody who wants them. Never throws. */
export class Recorder {
  readonly #backends: readonly MetricBackend[];

  constructor(backends: readonly MetricBackend[]) {
    this.#backends = backends;
  }

  call(upstream: string, end: CallEnd, ms: number): void {
    const label = upstreamLabel(upstream);
    const attributes: Attributes = { 'meshwise.upstream': label, 'meshwise.outcome': end.outcome };
    const failure = failureOf(end);
    if (failure !== undefined) attributes['error.type'] = failure;
    this.#tell((backend) => {
      backend.record('meshwise.call.duration', ms / 1000, attributes);
      backend.record('meshwise.call.attempts', end.attempts, { 'meshwise.upstream': label });
    });
  }

  /** `attributes` are those of the HTTP conventions. */
  attempt(attributes: Attributes, ms: number): void {
    this.#tell((backend) => backend.record('http.client.request.duration', ms / 1000, attributes));
  }

  /** Those that are counted. */
  event<Name extends EventName>(name: Name, event: MeshwiseEvents[Name]): void {
    if (isCounted(name)) this.#count(name, event as MeshwiseEvents[CountedEvent]);
  }

  #count(name: CountedEvent, event: MeshwiseEvents[CountedEvent]): void {
    const label = upstreamLabel(event.upstream);
    const attributes: Attributes = { 'meshwise.upstream': label, 'meshwise.event': name };
    const reason = reasonOf(name, event);
    if (reason !== undefined) attributes['meshwise.reason'] = reason;
    this.#tell((backend) => {
      backend.count('meshwise.events', attributes);
      if ('waitMs' in event)
        backend.record('meshwise.retry.delay', event.waitMs / 1000, { 'meshwise.upstream': label });
    });
  }

  #tell(tell: (backend: MetricBackend) => void): void {
    for (const backend of this.#backends) {
      try {
        tell(backend);
      } catch (problem) {
        diag.error('meshwise: a measurement was lost', problem);
      }
    }
  }
}
