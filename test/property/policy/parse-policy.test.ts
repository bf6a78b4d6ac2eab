import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/policy/config-error.ts';
import { overridePolicy, parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { Policy } from '../../../src/policy/policy.ts';
import type { PolicyInput } from '../../../src/policy/schema.ts';
import { settings, validPolicy } from './valid-policy.ts';

function isDeeplyFrozen(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen);
}

/** A complete policy, written by hand. */
function asInput({ streamIdleTimeout, ...policy }: Policy): PolicyInput {
  return { ...policy, idleTimeout: streamIdleTimeout === policy.idleTimeout ? policy.idleTimeout : undefined };
}

/** Of plain data; functions are kept. */
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyOf(item)]));
}

describe('every valid policy', () => {
  it('is parsed, frozen in depth, and its input left alone', () => {
    fc.assert(
      fc.property(validPolicy, (input) => {
        const before = copyOf(input);
        expect(isDeeplyFrozen(parsePolicy(input))).toBe(true);
        expect(copyOf(input)).toEqual(before);
      }),
    );
  });

  it('stays the same when it is parsed again', () => {
    fc.assert(
      fc.property(validPolicy, (input) => {
        const policy = parsePolicy(input);
        expect(parsePolicy(asInput(policy))).toEqual(policy);
      }),
    );
  });

  it('stays the same under an override that says nothing', () => {
    fc.assert(
      fc.property(validPolicy, (input) => {
        const policy = parsePolicy(input);
        expect(overridePolicy(policy, {})).toEqual(policy);
      }),
    );
  });

  it('is changed by an override as by a policy over defaults', () => {
    const { timeout, idleTimeout, tracing, errors, owner, propagate, streaming, mesh } = settings;
    const overrides = fc.record(
      { timeout, idleTimeout, tracing, errors, owner, propagate, streaming, mesh },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(validPolicy, overrides, (input, changed) => {
        const { upstream, ...defaults } = input;
        expect(overridePolicy(parsePolicy(input), changed)).toEqual(
          parsePolicy({ upstream, ...changed }, { defaults }),
        );
      }),
    );
  });
});

/** Each one mistake, or one contradiction, in settings that no other touches. */
const MISTAKES: readonly (readonly [string, unknown])[] = [
  ['upstream', 'a b'],
  ['idleTimeout', '1.5s'],
  ['errors', 'never'],
  ['tracing.mode', 'on'],
  ['tracing.redact[1]', ''],
  ['streaming', 'no'],
  ['fallback', 'none'],
  ['unknwon', 1],
  ['retry.limit', -1],
  ['retry.perTryTimeout', '9h'],
  ['retry.when', {}],
  ['retry.bufferBody', 0.5],
  ['retry.methods[1]', ''],
  ['retry.on[1]', '503'],
  ['retry.backoff.base', '9h'],
  ['retry.budget.ratio', 11],
  ['retry.retryAfter', 5],
  ['retry.attempts', 3],
  ['circuitBreaker.failureRate', 0],
  ['circuitBreaker.openFor', '9h'],
  ['circuitBreaker.on', []],
  ['concurrency.queue', -1],
  ['concurrency.unitl', 'body'],
  ['owner.retry', 'mesh'],
  ['propagate.hosts[0]', '*'],
  ['mesh', null],
];

/** Mistakes in arrays stand beside sound items. */
function planted(base: object, path: string, value: unknown): void {
  const keys = path.split(/[.[\]]+/).filter((key) => key !== '');
  const last = keys.pop() ?? '';
  const parent = keys.reduce<unknown>((object, key) => Reflect.get(object as object, key), base);
  Reflect.set(parent as object, last, value);
}

function soundInput(): Record<string, unknown> {
  return {
    upstream: 'payments',
    timeout: '2s',
    retry: { methods: ['GET'], on: ['reset'], backoff: { max: '1s' }, budget: {} },
    circuitBreaker: { maxOpenFor: '1m' },
    concurrency: { limit: 5 },
    tracing: { redact: ['token'] },
    owner: {},
    propagate: { hosts: [] },
  };
}

describe('any set of mistakes', () => {
  it('is reported with exactly their paths', () => {
    fc.assert(
      fc.property(fc.subarray([...MISTAKES]), (mistakes) => {
        const input = soundInput();
        for (const [path, value] of mistakes) planted(input, path, value);
        let reported: string[] = [];
        try {
          parsePolicy(input as unknown as PolicyInput);
        } catch (error) {
          if (!(error instanceof ConfigError)) throw error;
          reported = error.problems.map(({ path }) => path);
        }
        expect(reported.sort()).toEqual(mistakes.map(([path]) => path).sort());
      }),
    );
  });

  it('is a ConfigError whatever is handed in', () => {
    const key = fc.constantFrom(
      'upstream',
      'timeout',
      'retry',
      'circuitBreaker',
      'concurrency',
      'propagate',
      'on',
      'x',
    );
    const anything = fc.oneof(
      fc.anything({ withNullPrototype: true, withMap: true, withBigInt: true }),
      fc.dictionary(key, fc.anything({ key, withNullPrototype: true, maxDepth: 3 })),
    );
    fc.assert(
      fc.property(anything, (input) => {
        try {
          parsePolicy(input as PolicyInput);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
