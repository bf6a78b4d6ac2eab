import type { Condition } from '../../policy/conditions.ts';
import type { SidecarRule } from '../sidecar-rule.ts';
import { isStandardMethod } from '../standard-methods.ts';
import { wholeMs } from '../whole-ms.ts';

/** Istio writes the base only, and Envoy's maximum is then ten times that. */
const BACKOFF_GROWTH = 10;

/**
 * What an HTTPRoute can say of a rule: status codes. Connection failures and refused streams are retried whatever it
 * says (Istio 1.32-dev, run); resets and per-try timeouts are not, so that they are no conditions of the rule. A rule
 * without any code would be one that says nothing. What is not processed the `process` rule retries, too, so that other
 * methods have nothing to ask for. Of `Retry-After` it has no word.
 */
export function asGatewayApiSays(rule: SidecarRule): SidecarRule | undefined {
  const codes = codesOf(rule.on);
  if (codes.length === 0) return undefined;
  const base = wholeMs(Math.min(rule.backoff.base, rule.backoff.max));
  return {
    ...rule,
    on: [...codes, 'connect-failure', 'refused-stream'],
    methods: rule.methods.filter(isStandardMethod),
    unprocessed: [],
    perTryTimeout: rule.perTryTimeout === false ? false : wholeMs(rule.perTryTimeout),
    routeTimeout: rule.routeTimeout === false ? false : wholeMs(rule.routeTimeout),
    backoff: { base, max: base * BACKOFF_GROWTH },
    retryAfter: false,
  };
}

/** Of 5xx those that HTTP has a name for (IANA's list): a route has no ranges, and a hundred numbers nobody reads. */
const SERVER_ERRORS = [500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511];

/** What `retry.codes` can say of conditions, in order. It takes 400 to 599. */
export function codesOf(on: readonly Condition[]): readonly number[] {
  const codes = on.flatMap((condition): readonly number[] => {
    switch (condition) {
      case '5xx':
        return SERVER_ERRORS;
      case 'gateway-error':
        return [502, 503, 504];
      case 'retriable-4xx':
        return [409];
      default:
        return typeof condition === 'number' && condition >= 400 ? [condition] : [];
    }
  });
  return [...new Set(codes)].sort((a, b) => a - b);
}

/** Up to four units, of up to five digits each (GEP-2257); no fractions. `0s`: none. */
export function gatewayDuration(ms: number | false): string {
  if (ms === false) return '0s';
  const whole = wholeMs(ms);
  if (whole <= 99_999 && whole % 1000 !== 0) return `${whole}ms`;
  const seconds = Math.floor(whole / 1000);
  const [hours, rest] = seconds > 99_999 ? [Math.floor(seconds / 3600), seconds % 3600] : [0, seconds];
  const parts = [[hours, 'h'] as const, [rest, 's'] as const, [whole % 1000, 'ms'] as const];
  return parts.map(([number, unit]) => (number === 0 ? '' : `${number}${unit}`)).join('');
}
