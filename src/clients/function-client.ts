import { ClosedError } from '../call/closed-error.ts';
import { type AttemptFunction, type Classifier, FunctionExchange } from '../call/function-exchange.ts';
import { overridePolicy } from '../policy/parse-policy.ts';
import type { CallInfo, Policy } from '../policy/policy.ts';
import type { PolicyOverrides } from '../policy/policy-input.ts';
import { Call } from '../process/call.ts';
import type { Instance } from './instance.ts';

/** What a wrapped function is beside its policy. */
export interface FunctionOptions<T> {
  /**
   * Is it safe to run the function twice? Default `false`: it is run again only when the connection failed or the
   * stream was refused, so that nothing can have been processed.
   */
  readonly idempotent?: boolean | undefined;
  /** Default: values are fine, and errors are judged by the codes of Node's sockets. */
  readonly classify?: Classifier<T> | undefined;
  /** May answer instead of an error. */
  readonly fallback?: ((error: Error, call: CallInfo) => T | Promise<T>) | undefined;
}

/** What one use of a wrapped function may change. */
export interface FunctionOverrides extends PolicyOverrides {
  /** Ends the call at once, with its own reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A function with a policy. It takes the function's own arguments; the attempt before them is meshwise's. */
export interface WrappedFunction<Args extends readonly unknown[], T> {
  (...args: Args): Promise<T>;
  readonly upstream: string;
  /** The same function for one use: with a signal, or with some settings changed. What calls share stays shared. */
  with(overrides: FunctionOverrides): WrappedFunction<Args, T>;
}

export function functionClient<Args extends readonly unknown[], T>(
  instance: Instance,
  run: AttemptFunction<Args, T>,
  policy: Policy,
  options: FunctionOptions<T>,
  signal?: AbortSignal,
): WrappedFunction<Args, T> {
  const { upstream } = policy;
  const state = instance.states.for(policy);
  const circuit = state.circuits?.for(upstream);
  const { idempotent = false, classify, fallback } = options;
  const client = { upstream, idempotent, classify, fallback };
  // A sidecar sees nothing of a function, whatever the mode; only `off` is for all.
  const terms = { policy, tracing: 'off', state, circuit, retryOwner: undefined, propagate: false } as const;

  function wrapped(...args: Args): Promise<T> {
    if (instance.closed) return Promise.reject(new ClosedError({ upstream }));
    const exchange = new FunctionExchange(client, run, args);
    if (instance.mode === 'off') return exchange.send(UNLIMITED);
    return new Call(exchange, terms, signal, instance.around).run();
  }

  return Object.assign(wrapped, {
    upstream,
    with({ signal: own = signal, ...overrides }: FunctionOverrides) {
      const changed = Object.keys(overrides).length === 0 ? policy : overridePolicy(policy, overrides);
      return functionClient(instance, run, changed, options, own);
    },
  });
}

const UNLIMITED = {
  number: 1,
  signal: new AbortController().signal,
  deadline: Number.POSITIVE_INFINITY,
  headers: undefined,
  strip: [],
};
