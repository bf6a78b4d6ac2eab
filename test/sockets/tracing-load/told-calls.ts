import { trace } from '@opentelemetry/api';
import type { Meshwise, MeshwiseEvents } from '../../../src/index.ts';

/** An event, and the span that was active when it was told. */
export interface Told<Name extends 'call' | 'attempt'> {
  readonly event: MeshwiseEvents[Name];
  readonly spanId: string | undefined;
  readonly traceId: string | undefined;
}

export interface ToldCalls {
  readonly calls: readonly Told<'call'>[];
  /** Attempts by the number of their call. */
  readonly attempts: ReadonlyMap<number, readonly Told<'attempt'>[]>;
}

/** Listens from now on. */
export function tellCalls(meshwise: Meshwise): ToldCalls {
  const calls: Told<'call'>[] = [];
  const attempts = new Map<number, Told<'attempt'>[]>();
  meshwise.on('call', (event) => calls.push({ event, ...active() }));
  meshwise.on('attempt', (event) => {
    const told = attempts.get(event.call) ?? [];
    attempts.set(event.call, [...told, { event, ...active() }]);
  });
  return { calls, attempts };
}

function active(): Pick<Told<'call'>, 'spanId' | 'traceId'> {
  const { spanId, traceId } = trace.getActiveSpan()?.spanContext() ?? {};
  return { spanId, traceId };
}
