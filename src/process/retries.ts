import pRetry from 'p-retry';
import { conditionsFor } from '../call/conditions.ts';
import type { Exchange } from '../call/exchange.ts';
import { saysThatItRetried } from '../call/retried-by-proxy.ts';
import type { OwnedReply, OwnerVerdict } from '../call/retry-owner.ts';
import { NO_HINTS } from '../call/server-hints.ts';
import { isRejection } from '../call/sidecar-word.ts';
import type { Owner } from '../policy/conditions.ts';
import type { MeshwiseError } from '../policy/meshwise-error.ts';
import type { CallInfo, Outcome, RetryPolicy, RetryVerdict } from '../policy/policy.ts';
import type { EventName, RetryRefusal } from '../telemetry/events.ts';
import type { Attempt } from './attempt.ts';
import type { CallTelemetry } from './call-telemetry.ts';
import { DoubledAttempts, proxyAttemptsOf } from './doubled-attempts.ts';
import type { CallParts, CallTerms } from './executors.ts';
import { ReservedRetries } from './reserved-retries.ts';
import { decideRetry, waitBeforeResend } from './retry-decision.ts';

/** What p-retry is told of a failed attempt. What came of it, a response or an error, stays with the call. */
const FAILED = new Error('the attempt failed');

/** Resends outside the policy's limit that the ownership room may ask for, and one to be refused. */
const RESENDS = 4;

const GO_ON: OwnerVerdict = { attempts: 'one', next: 'continue' };

/** What the retries need of their call. */
export interface RetriedCall<T> extends CallParts<T> {
  /** Whom to tell of such an event, if anybody. */
  heard(name: EventName): CallTelemetry | undefined;
  readonly info: CallInfo;
  /** Attempts of ours on the wire. */
  readonly attempts: number;
  /** The last attempt that was begun. */
  readonly last: Attempt<T> | undefined;
  readonly settled: boolean;
  /** The attempt that is about to be made probes a half-open circuit. */
  readonly probes: boolean;
  /** Milliseconds until the deadline; `Infinity` without one. */
  readonly remaining: number;
  /** One attempt. A rejection by the breaker or the limit comes back as a value; `last` tells the rest. */
  attempt(): Promise<MeshwiseError | undefined>;
  /** Ends early when the call does. */
  wait(ms: number): Promise<void>;
  releaseSlot(): void;
}

/** The retries of one call: p-retry's loop, entered after a first failure; what it does is decided here. */
export class Retries<T> {
  /** Who retries what the next attempt sends. */
  owner: Owner = 'process';
  /** The last outcome called for a retry and got none. */
  exhausted = false;
  /** Attempts that are known of: the process's, and what a sidecar says that it has made of them. */
  made = 0;
  readonly #call: RetriedCall<T>;
  readonly #policy: RetryPolicy | false;
  /** Attempts that count against the limit; a sidecar's count as all of its rule's. */
  #counted = 0;
  #verdict = GO_ON;
  #refusals = 0;
  #refusedSince = 0;
  #lastChance = false;
  #rejected = false;
  /** Would it be sent again although it may have been processed? */
  #repeatable = false;
  #reserved: ReservedRetries | undefined = undefined;
  readonly #doubled = new DoubledAttempts();

  /** Must something be decided before the first attempt: who owns its retries, which key it carries? */
  static decideBeforehand({ policy, retryOwner }: CallTerms<never>): boolean {
    return retryOwner !== undefined || (policy.retry !== false && policy.retry.idempotencyKey === 'auto');
  }

  constructor(call: RetriedCall<T>) {
    this.#call = call;
    const { retryOwner, policy, state } = call.terms;
    const { exchange } = call;
    const { budget } = state;
    this.#policy = policy.retry;
    if (policy.retry !== false && policy.retry.idempotencyKey === 'auto') addKey(exchange, policy.retry.methods);
    if (retryOwner === undefined) return;
    this.#repeatable =
      (policy.retry !== false && policy.retry.methods.includes(exchange.method)) || exchange.idempotent;
    this.owner = retryOwner.decide({
      method: exchange.method,
      repeatable: this.#repeatable,
      bodySize: exchange.bodySize,
      headers: exchange.headers,
      budgetLeft: budget === undefined || budget.available >= this.#limit,
      probe: call.probes,
    });
    if (this.owner !== 'sidecar' || budget === undefined || policy.retry === false) return;
    const { limit, perTryTimeout, on } = policy.retry;
    const triesAgain = this.#repeatable && conditionsFor(on).meetsNetwork('per-try-timeout');
    this.#reserved = ReservedRetries.from(budget, limit, triesAgain && perTryTimeout, call.around.clock);
  }

  /** The call is over, with or without a reply. */
  ended(): void {
    this.#reserved?.settleUntold();
  }

  /** Makes the attempts that follow the first one, if it calls for any. Afterwards the call's `last` is its outcome. */
  async afterFirst(): Promise<void> {
    if (this.#isGood()) return;
    try {
      await pRetry(
        async (number) => {
          if (number > 1) {
            const rejection = await this.#call.attempt();
            this.#rejected = rejection !== undefined;
            if (rejection !== undefined)
              this.#refuse(rejection.code === 'MESHWISE_CIRCUIT_OPEN' ? 'circuit-open' : 'concurrency-limit');
          }
          if (number > 1 && !this.#rejected && this.#isGood()) return;
          throw FAILED;
        },
        // No wait of p-retry's: ours depends on the server and ends with the call.
        {
          retries: this.#limit + RESENDS,
          minTimeout: 0,
          shouldRetry: () => this.#next(),
        },
      );
    } catch (error) {
      if (error !== FAILED) throw error;
    }
    if (this.#doubled.seen) this.#call.heard('doubled')?.doubled(this.#doubled);
  }

  /** Judges the last attempt: is it the answer, as far as conditions go? */
  #isGood(): boolean {
    const { last, settled, exchange } = this.#call;
    if (last === undefined || settled) return true;
    this.#verdict = this.#judge(last);
    if (this.#verdict.next === 'resend-any-method') return false;
    this.#doubled.count(last);
    this.#count(last.word?.attempts ?? toldAttempts(last));
    if (this.#policy === false || isRejection(last.word)) return true;
    if (this.#policy.when !== undefined || conditionsFor(this.#policy.on).meets(last.result)) return false;
    return exchange.hintsOf(last.value, last.result, 0) === NO_HINTS;
  }

  /** `bySidecar`: what the sidecar says that it has made of this attempt. */
  #count(bySidecar: number | undefined): void {
    // Of a call that must not be processed twice a rule repeats only what has reached nobody: untold, it was one attempt.
    const ofRule = this.#verdict.attempts === 'all' && this.#repeatable ? this.#limit + 1 : 1;
    const attempts = bySidecar ?? ofRule;
    this.#counted += attempts;
    this.made += bySidecar ?? 1;
    if (this.#reserved !== undefined) {
      this.#reserved.settle(attempts - 1);
      this.#reserved = undefined;
      return;
    }
    // The budget is shared, and a reply may say any number: it takes no more than the policy's own retries would.
    const { budget } = this.#call.terms.state;
    const most = Math.min(bySidecar ?? 1, this.#limit + 1);
    for (let retry = 1; retry < most && budget?.withdraw(); retry++);
  }

  /** Retries of one call, at most. */
  get #limit(): number {
    return this.#policy === false ? 0 : this.#policy.limit;
  }

  #judge(attempt: Attempt<T>): OwnerVerdict {
    const { exchange, terms } = this.#call;
    const { retryOwner } = terms;
    if (retryOwner === undefined) return GO_ON;
    const reply = this.#replyOf(attempt);
    if (reply === undefined) return GO_ON;
    const verdict = retryOwner.received({ owner: attempt.owner, method: exchange.method }, reply);
    if (reply.kind === 'refused') this.#refusals++;
    return verdict;
  }

  #replyOf({ answered, value, result }: Attempt<T>): OwnedReply<T> | undefined {
    if (answered) return { kind: 'result', value: value as T };
    if (result.network === undefined) return undefined;
    if (result.network !== 'connect-failure') return { kind: 'reset' };
    const now = this.#call.around.clock.now();
    if (this.#refusals === 0) this.#refusedSince = now;
    return { kind: 'refused', refusals: this.#refusals, refusedFor: now - this.#refusedSince };
  }

  /** Whether another attempt follows; waits until it is due. */
  async #next(): Promise<boolean> {
    const call = this.#call;
    const policy = this.#policy;
    const { last, exchange, terms, around } = call;
    if (last === undefined || this.#rejected || call.settled) return false;
    const { next } = this.#verdict;
    if (next === 'resend-any-method' && exchange.oneShot === undefined) return await this.#resend(last);
    if (policy === false) return false;
    if (next === 'return' || this.#lastChance) {
      this.exhausted = true;
      return false;
    }

    const outcome = outcomeOf(last);
    const verdict = await this.#ask(policy, outcome);
    if (call.settled) return false;
    const hints = exchange.hintsOf(last.value, last.result, around.clock.wallTime());
    const decision = decideRetry(
      {
        policy,
        result: last.result,
        verdict,
        attempts: this.#counted,
        method: exchange.method,
        idempotent: exchange.idempotent,
        oneShot: exchange.oneShot !== undefined,
        hints,
        remaining: call.remaining,
      },
      around.random,
    );
    if (!decision.retry) {
      if (decision.why !== 'not-retriable') this.#refuse(decision.why);
      return false;
    }
    // A mesh that has no rule of ours retries by its own: a default Istio a refused connection, twice.
    if (terms.retryOwner !== undefined && (await saysThatItRetried(last.value))) {
      if (!call.settled) this.#refuse('limit');
      return false;
    }
    if (terms.state.budget !== undefined && !terms.state.budget.withdraw()) {
      this.#refuse('retry-budget-exhausted');
      return false;
    }

    this.owner = 'process';
    this.#lastChance = next === 'resend-once-as-process';
    call.heard('retry')?.retry(call.attempts + 1, last.result, decision.wait, decision.waitFrom);
    call.releaseSlot();
    await call.wait(decision.wait);
    if (policy.prepare !== undefined && !call.settled) {
      const change = await policy.prepare(call.info, outcome);
      if (change !== undefined) exchange.amend(change);
    }
    return !call.settled;
  }

  /** Nobody took the connection: neither limit nor budget are about that. */
  async #resend({ result }: Attempt<T>): Promise<boolean> {
    const call = this.#call;
    const wait = waitBeforeResend(this.#refusals, call.around.random);
    if (wait >= call.remaining) {
      this.#refuse('deadline');
      return false;
    }
    call.heard('retry')?.retry(call.attempts + 1, result, wait, 'backoff');
    call.releaseSlot();
    await call.wait(wait);
    return !call.settled;
  }

  async #ask(policy: RetryPolicy, outcome: Outcome): Promise<RetryVerdict> {
    return policy.when?.(outcome, this.#call.info);
  }

  #refuse(reason: RetryRefusal): void {
    this.exhausted = true;
    const call = this.#call;
    const { last, attempts } = call;
    if (reason === 'retry-budget-exhausted') call.heard('retry-budget-exhausted')?.budgetExhausted(attempts);
    call.heard('retry-refused')?.refused(attempts, reason, last?.result ?? {});
  }
}

/**
 * What the rule made of an attempt that was handed over, where the reply counts: the rule may have retried before it met
 * what it does not retry, and all of it counts against the limit. Seen with Envoy 1.40: 503, then 429 with Retry-After.
 */
function toldAttempts({ owner, value }: Attempt<unknown>): number | undefined {
  const told = owner === 'sidecar' ? proxyAttemptsOf(value) : 1;
  return told > 1 ? told : undefined;
}

function outcomeOf<T>(attempt: Attempt<T>): Outcome {
  // The policy's functions are written for the client that is wrapped; for fetch that is a Response.
  return attempt.answered ? { response: attempt.value as unknown as Response } : { error: attempt.error };
}

/** One key for all attempts of the call, where the method alone does not make it safe to send it twice. */
function addKey(exchange: Exchange<unknown>, methods: readonly string[]): void {
  if (exchange.method === '' || methods.includes(exchange.method) || exchange.idempotent) return;
  exchange.amend({ headers: { 'idempotency-key': crypto.randomUUID() } });
}
