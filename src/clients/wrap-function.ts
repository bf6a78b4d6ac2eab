import type { AttemptFunction } from '../call/function-exchange.ts';
import { ConfigError } from '../policy/config-error.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import type { Policy } from '../policy/policy.ts';
import type { PolicyInput } from '../policy/policy-input.ts';
import { type FunctionOptions, functionClient, type WrappedFunction } from './function-client.ts';
import type { Instance } from './instance.ts';
import { sharedInstance } from './shared-instance.ts';

/** A policy, and what a function needs beside it. What speaks of requests and responses does not apply to functions. */
export type WrapOptions<T> = FunctionOptions<T> & Omit<PolicyInput, 'fallback'>;

/** With the policy that is configured for the upstream's name, or with the one given here. */
export function wrapWith<Args extends readonly unknown[], T>(
  instance: Instance,
  configured: readonly Policy[],
  run: AttemptFunction<Args, T>,
  { idempotent, classify, fallback, ...input }: WrapOptions<T>,
): WrappedFunction<Args, T> {
  const known = configured.find(({ upstream }) => upstream === input.upstream);
  const own = Object.keys(input).filter((key) => key !== 'upstream');
  if (known !== undefined && own.length > 0) {
    const message = `${JSON.stringify(input.upstream)} is configured already; change it for one use by .with()`;
    throw new ConfigError(
      'wrap',
      own.map((path) => ({ path, message })),
    );
  }
  return functionClient(instance, run, known ?? parsePolicy(input), { idempotent, classify, fallback });
}

/**
 * Gives any async function a policy: timeout, retries, circuit breaking, a concurrency limit. The function is told of
 * its attempt (`signal`, `attempt`, `deadline`) before its own arguments; the caller gives only those.
 *
 * It is run again only when nothing can have been processed, or when `idempotent: true` says that twice is safe.
 *
 * @throws ConfigError with every mistake in the policy.
 * @example
 * const find = wrapFunction(({ signal }, id: string) => db.find(id, { signal }), { upstream: 'db', timeout: '1s', idempotent: true });
 * await find('42');
 */
export function wrapFunction<Args extends readonly unknown[], T>(
  run: AttemptFunction<Args, T>,
  options: WrapOptions<T>,
): WrappedFunction<Args, T> {
  return wrapWith(sharedInstance(), [], run, options);
}
