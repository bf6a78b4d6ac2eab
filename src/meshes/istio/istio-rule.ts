import type { Condition } from '../../policy/conditions.ts';
import type { SidecarRule } from '../sidecar-rule.ts';
import { wholeMs } from '../whole-ms.ts';

/** Istio lets the back-off grow to ten times its base, and has no field for it (pilot, route/retry/retry.go). */
const BACKOFF_GROWTH = 10;

/**
 * What a VirtualService can say of a rule; of `Retry-After` nothing. An empty `retryOn` would mean Istio's own list, so a rule of which no
 * condition can be said is none.
 */
export function asIstioSays(rule: SidecarRule): SidecarRule | undefined {
  const on = rule.on.filter(isIstioWord);
  if (on.length === 0) return undefined;
  const base = wholeMs(Math.min(rule.backoff.base, rule.backoff.max));
  return {
    ...rule,
    on,
    perTryTimeout: rule.perTryTimeout === false ? false : wholeMs(rule.perTryTimeout),
    routeTimeout: rule.routeTimeout === false ? false : wholeMs(rule.routeTimeout),
    backoff: { base, max: base * BACKOFF_GROWTH },
    retryAfter: false,
  };
}

/**
 * `retryOn` takes Envoy's names and the status codes for which Go has a text; 520 or 599 make the whole resource
 * invalid (Istio, validateHTTPRetry: `http.StatusText`). Node knows one more than Go: 509.
 * To import `node:http` would load all of Node's fetch with it (WebSocket is among its exports), some 20 ms.
 */
export function isIstioWord(condition: Condition): boolean {
  if (typeof condition === 'string') return condition !== 'per-try-timeout';
  return condition !== 509 && process.getBuiltinModule('node:http').STATUS_CODES[condition] !== undefined;
}

/** A duration as Istio's documentation writes it; below 1 ms, or with parts of one, it is refused (ValidateDuration). */
export function istioDuration(ms: number): string {
  const whole = wholeMs(ms);
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}
