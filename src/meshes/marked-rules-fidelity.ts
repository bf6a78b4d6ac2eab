import type { Policy, RetryPolicy } from '../policy/policy.ts';
import { BUDGET_STAYS, type FidelityRow, row } from './envoy/fidelity-row.ts';
import { isStandardMethod } from './standard-methods.ts';

/** What a mesh's language makes of the fields that the marked rules can say; the rest is the same in all of them. */
export interface MarkedRulesRows {
  readonly timeout: FidelityRow;
  readonly streamIdleTimeout: FidelityRow;
  /** One row alone where the policy has no rule. */
  readonly retry: FidelityRow | RetryRows;
}

export interface RetryRows {
  readonly limit: FidelityRow;
  readonly perTryTimeout: FidelityRow;
  readonly on: FidelityRow;
  /** Said behind the methods: what becomes of the others. */
  readonly otherMethods?: string | undefined;
  readonly backoff: FidelityRow;
}

/** Every field of a policy, in the order of its type: only retries are handed over, for calls that ask for it. */
export function markedRulesFidelity(policy: Policy, rows: MarkedRulesRows): FidelityRow[] {
  const { retry } = policy;
  return [
    rows.timeout,
    offOrStays('idleTimeout', policy.idleTimeout, 'no rule bounds it'),
    policy.streamIdleTimeout === false || policy.streaming === false
      ? row('streamIdleTimeout', 'exact', 'off')
      : rows.streamIdleTimeout,
    ...('field' in rows.retry || retry === false ? [rows.retry as FidelityRow] : retryRows(retry, rows.retry)),
    offOrStays('circuitBreaker', policy.circuitBreaker, 'the rules eject nothing'),
    offOrStays('concurrency', policy.concurrency, 'the rules limit nothing'),
    row('tracing', 'stays in the process', 'the mesh makes its own spans, by its own sampling'),
    row('errors', 'stays in the process', "the sidecar answers with Envoy's own 503 and 504"),
    policy.fallback === undefined
      ? row('fallback', 'exact', 'none')
      : row('fallback', 'stays in the process', 'no sidecar can run it'),
    row('owner', 'stays in the process', 'decides whether a call asks for the sidecar'),
    row('propagate', 'stays in the process', 'the rules add no header'),
    row('streaming', 'stays in the process', 'streams are not handed over'),
    row('mesh', 'stays in the process', 'decides whether a call asks for the sidecar'),
  ];
}

function retryRows(retry: RetryPolicy, rows: RetryRows): FidelityRow[] {
  return [
    rows.limit,
    rows.perTryTimeout,
    rows.on,
    ofFunction('retry.when', retry.when),
    ofFunction('retry.prepare', retry.prepare),
    methodsRow(retry, rows.otherMethods),
    row(
      'retry.idempotencyKey',
      'stays in the process',
      'calls with a key take the process rule unless their method is listed',
    ),
    rows.backoff,
    retry.retryAfter === false
      ? row('retry.retryAfter', 'exact', 'off')
      : row('retry.retryAfter', 'not expressible', 'the sidecar retries on its back-off, whatever Retry-After says'),
    offOrStays('retry.budget', retry.budget, BUDGET_STAYS),
    row('retry.bufferBody', 'stays in the process', 'only bodies of a known size, up to 1 MiB, are handed over'),
  ];
}

function methodsRow({ methods }: RetryPolicy, others = ''): FidelityRow {
  const unknown = methods.filter((method) => !isStandardMethod(method));
  return unknown.length === 0
    ? row('retry.methods', 'exact', `${methods.join(' ') || 'none'}${others}`)
    : row('retry.methods', 'approximate', `all but ${unknown.join(' ')}, which no match can name${others}`);
}

function offOrStays(field: string, value: unknown, detail: string): FidelityRow {
  return value === false ? row(field, 'exact', 'off') : row(field, 'stays in the process', detail);
}

function ofFunction(field: string, value: unknown): FidelityRow {
  return value === undefined
    ? row(field, 'exact', 'none')
    : row(field, 'stays in the process', 'and with it all retries: no sidecar can run it');
}

/** A rule's numbers beside the policy's. */
export function ofBackoff({ backoff }: RetryPolicy, said: RetryPolicy['backoff'], why: string): FidelityRow {
  return backoff.base === said.base && backoff.max === said.max
    ? row('retry.backoff', 'exact', `full jitter from ${said.base} ms up to ${said.max} ms`)
    : row(
        'retry.backoff',
        'approximate',
        `from ${said.base} ms up to ${said.max} ms, ${why}; the policy: ${backoff.base} ms up to ${backoff.max} ms`,
      );
}
