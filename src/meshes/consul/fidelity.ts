import type { Policy } from '../../policy/policy.ts';
import { type FidelityRow, othersOn, row } from '../envoy/fidelity-row.ts';
import { type MarkedRulesRows, markedRulesFidelity, ofBackoff } from '../marked-rules-fidelity.ts';
import { sidecarRule } from '../rule-of-policy.ts';
import { consulDuration } from './consul-duration.ts';
import { isConsulWord } from './consul-rule.ts';

/** Every field of a policy, and how much of it a service-router can say. */
export function consulFidelity(policy: Policy): FidelityRow[] {
  return markedRulesFidelity(policy, {
    timeout: timeoutRow(policy),
    streamIdleTimeout: row(
      'streamIdleTimeout',
      'stays in the process',
      'under the process rule the sidecar gives up later, as a net',
    ),
    retry: retryRows(policy),
  });
}

function timeoutRow(policy: Policy): FidelityRow {
  if (policy.timeout === false) return row('timeout', 'exact', 'off');
  const rule = sidecarRule(policy, 'consul');
  if (rule === undefined) return row('timeout', 'stays in the process', 'there are no marked rules');
  const net = consulDuration(rule.routeTimeout);
  return row(
    'timeout',
    'stays in the process',
    policy.streaming === false
      ? `all rules give up later, after ${net}, as a net`
      : `the sidecar rule gives up later, after ${net}, as a net; the others after a silence, as they carry streams`,
  );
}

function retryRows(policy: Policy): MarkedRulesRows['retry'] {
  const { retry } = policy;
  if (retry === false || retry.limit === 0) {
    return row('retry', 'exact', 'nothing is retried, so there are no marked rules');
  }
  const rule = sidecarRule(policy, 'consul');
  if (rule === undefined) {
    const words = retry.on.join(', ');
    return row('retry', 'not expressible', `Consul has no word for ${words}: no marked rules`);
  }
  const unknown = retry.on.filter((condition) => !isConsulWord(condition));
  return {
    limit: row('retry.limit', 'exact', `numRetries ${retry.limit}`),
    perTryTimeout:
      retry.perTryTimeout === false
        ? row('retry.perTryTimeout', 'exact', 'none')
        : row(
            'retry.perTryTimeout',
            'not expressible',
            'Consul has none: a request that hangs is ended by the deadline, after one attempt',
          ),
    on:
      unknown.length === 0
        ? row(
            'retry.on',
            'approximate',
            `${rule.on.join(', ')}; a reset behind the callee's sidecar arrives as its 503`,
          )
        : row(
            'retry.on',
            'not expressible',
            `Consul has no word for ${unknown.join(', ')}, and retries on ${rule.on.join(', ')}`,
          ),
    otherMethods: othersOn(retry.on),
    backoff: ofBackoff(retry, rule.backoff, "Envoy's own"),
  };
}
