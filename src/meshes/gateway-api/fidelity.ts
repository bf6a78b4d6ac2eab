import { closureOf } from '../../call/conditions.ts';
import type { Condition } from '../../policy/conditions.ts';
import type { Policy, RetryPolicy } from '../../policy/policy.ts';
import { type FidelityRow, row } from '../envoy/fidelity-row.ts';
import { type MarkedRulesRows, markedRulesFidelity, ofBackoff } from '../marked-rules-fidelity.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { codesOf, gatewayDuration } from './gateway-api-rule.ts';

/** Every field of a policy, and how much of it an HTTPRoute can say. What is run is Istio's reading of it. */
export function gatewayApiFidelity(policy: Policy): FidelityRow[] {
  return markedRulesFidelity(policy, {
    timeout: timeoutRow(policy),
    streamIdleTimeout: row(
      'streamIdleTimeout',
      'stays in the process',
      'an HTTPRoute has no idle timeout, so the rules of streams have no timeout at all',
    ),
    retry: retryRows(policy),
  });
}

function timeoutRow(policy: Policy): FidelityRow {
  const { timeout, streaming } = policy;
  if (timeout === false) return row('timeout', 'exact', 'off');
  const rule = sidecarRule(policy, 'gateway-api');
  if (rule === undefined) return row('timeout', 'stays in the process', 'there are no marked rules');
  const net = gatewayDuration(rule.routeTimeout);
  return row(
    'timeout',
    'stays in the process',
    streaming === false
      ? `both rules give up later, after ${net}, as a net`
      : `the sidecar rule gives up later, after ${net}, as a net; the process rule never, as it carries streams`,
  );
}

function retryRows(policy: Policy): MarkedRulesRows['retry'] {
  const { retry } = policy;
  if (retry === false || retry.limit === 0) {
    return row('retry', 'exact', 'nothing is retried, so there are no marked rules');
  }
  const rule = sidecarRule(policy, 'gateway-api');
  if (rule === undefined) {
    const words = retry.on.join(', ');
    return row('retry', 'not expressible', `an HTTPRoute has status codes only, not ${words}: no marked rules`);
  }
  return {
    limit: row('retry.limit', 'exact', `attempts ${retry.limit}`),
    perTryTimeout:
      rule.perTryTimeout === false
        ? row('retry.perTryTimeout', 'exact', 'none')
        : row(
            'retry.perTryTimeout',
            'approximate',
            'bounds each attempt; one that exceeds it ends the call with 504, and is not retried',
          ),
    on: conditionsRow(retry),
    backoff: ofBackoff(retry, rule.backoff, 'always ten times the base in Istio'),
  };
}

function conditionsRow({ on }: RetryPolicy): FidelityRow {
  const codes = codesOf(on);
  const lost = on.filter((condition) => !isSaid(condition, codes));
  const said = `codes ${codes.join(', ')}`;
  if (lost.length === 0) return row('retry.on', 'approximate', `${said}; connect failures are always retried`);
  return row(
    'retry.on',
    'not expressible',
    `${said} and connect failures are retried; not the rest of ${lost.join(', ')} (resets, timeouts, other codes)`,
  );
}

function isSaid(condition: Condition, codes: readonly number[]): boolean {
  if (typeof condition === 'number') return codes.includes(condition);
  const { network } = closureOf(condition);
  return network.every((failure) => failure === 'connect-failure' || failure === 'refused-stream');
}
