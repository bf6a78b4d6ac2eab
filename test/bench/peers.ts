import type { IPolicy } from 'cockatiel';
import { POLICY } from './policy.ts';

/** opossum, as far as the benchmark uses it; the package ships no types. */
export interface Opossum<Args extends readonly unknown[], T> {
  fire(...args: Args): Promise<T>;
  open(): void;
}

/** opossum as it ships, whatever is not given. */
export async function opossum<Args extends readonly unknown[], T>(
  action: (...args: Args) => Promise<T>,
  options: Readonly<Record<string, unknown>> = {},
): Promise<Opossum<Args, T>> {
  const { default: Breaker } = await import('opossum');
  const Untyped = Breaker as unknown as new (
    run: (...args: Args) => Promise<T>,
    settings: Readonly<Record<string, unknown>>,
  ) => Opossum<Args, T>;
  return new Untyped(action, { ...options });
}

export interface CockatielOptions {
  readonly windowMs?: number;
  readonly failureRate?: number;
  readonly bulkhead?: boolean;
  readonly retries?: number;
}

/** cockatiel's retry, circuit breaker and timeout in one, with ours as the settings. */
export async function cockatiel({
  windowMs = POLICY.windowMs,
  failureRate = POLICY.failureRate,
  bulkhead = false,
  retries = POLICY.retries,
}: CockatielOptions = {}): Promise<IPolicy> {
  const c = await import('cockatiel');
  const backoff = new c.ExponentialBackoff({ initialDelay: POLICY.backoff.base, maxDelay: POLICY.backoff.max });
  const retry = c.retry(c.handleAll, { maxAttempts: retries, backoff });
  const breaker = c.circuitBreaker(c.handleAll, {
    halfOpenAfter: POLICY.openForMs,
    breaker: new c.SamplingBreaker({ threshold: failureRate, duration: windowMs, minimumRps: 2 }),
  });
  const timeout = c.timeout(POLICY.timeoutMs, c.TimeoutStrategy.Cooperative);
  if (!bulkhead) return c.wrap(timeout, retry, breaker);
  return c.wrap(timeout, retry, breaker, c.bulkhead(POLICY.concurrency, POLICY.queue));
}
