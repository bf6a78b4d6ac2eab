import { channel } from 'node:diagnostics_channel';
import type { TracingMode } from '../policy/policy.ts';

/** Held here: a channel that nobody holds is collected, and with it what it knows of its subscribers. */
const undiciRequests = channel('undici:request:create');

/** Beside the policy's modes: `propagate`, where the spans are a sidecar's and the trace headers only have to go on. */
export type AttemptTracing = TracingMode | 'propagate';

/**
 * Who makes the attempts' spans now. `auto` leaves them to whoever listens to undici's requests (instrumentation-undici
 * or another APM) and makes them itself when nobody does. Asked anew for every attempt: instrumentations come and go.
 */
export function effectiveTracing(mode: AttemptTracing): 'own' | 'delegate' | 'propagate' | 'off' {
  if (mode === 'auto') return undiciRequests.hasSubscribers ? 'delegate' : 'own';
  // An instrumentation writes the trace headers itself; a second line would make both worthless.
  if (mode === 'propagate') return undiciRequests.hasSubscribers ? 'delegate' : 'propagate';
  return mode;
}
