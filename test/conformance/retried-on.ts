import type { Condition } from '../../src/policy/conditions.ts';

/** How an attempt ended, in the words of the table below; `503` and the like are the upstream's own. */
export type AttemptEnd = number | 'reset' | 'garbage' | 'refused' | 'per-try timeout';

/**
 * Which condition retries what, as Envoy 1.40 did it (run: each condition alone, two retries, an HTTP/1.1 upstream).
 * It is written down here once more, so that neither meshwise nor an Envoy of another version is its own judge.
 */
const RUN: Readonly<Record<string, (end: AttemptEnd) => boolean>> = {
  'connect-failure': (end) => end === 'refused',
  // HTTP/2 and later only.
  'refused-stream': () => false,
  reset: isNoReply,
  'gateway-error': (end) => isNoReply(end) || isWithin(end, 502, 504),
  '5xx': (end) => isNoReply(end) || isWithin(end, 500, 599),
  'retriable-4xx': (end) => end === 409,
};

/** `per-try-timeout` is a word of meshwise's own, and status codes are of the upstream's replies only. */
export function isRetriedOn(on: readonly Condition[], end: AttemptEnd): boolean {
  return on.some((condition) => {
    if (typeof condition === 'number') return condition === end;
    if (condition === 'per-try-timeout') return end === 'per-try timeout';
    return RUN[condition]?.(end) ?? false;
  });
}

function isNoReply(end: AttemptEnd): boolean {
  return typeof end === 'string';
}

function isWithin(end: AttemptEnd, low: number, high: number): boolean {
  return typeof end === 'number' && end >= low && end <= high;
}
