import { describe, expect, it } from 'vitest';
import { sidecarRetries } from '../../../src/meshes/envoy/residual.ts';
import type { Condition } from '../../../src/policy/conditions.ts';

/** For each status: retried when the upstream said it, when the sidecar did, when nobody knows. */
type Row = readonly [on: readonly Condition[], status: number, upstream: boolean, local: boolean, unknown: boolean];

describe('does the rule retry what this reply is the end of?', () => {
  it.each<Row>([
    [['gateway-error'], 503, true, true, true],
    [['gateway-error'], 502, true, false, true],
    [['gateway-error'], 500, false, false, false],
    [['gateway-error'], 504, true, true, true],
    [['5xx'], 500, true, false, true],
    [['5xx'], 507, true, false, true],
    [['5xx'], 599, true, false, true],
    [['reset'], 503, false, true, true],
    [['reset'], 504, false, true, true],
    [['reset'], 502, false, false, false],
    [['connect-failure'], 503, false, true, true],
    [['connect-failure'], 504, false, false, false],
    [['refused-stream'], 503, false, true, true],
    [['per-try-timeout'], 504, false, false, false],
    [['per-try-timeout', 'gateway-error'], 504, true, true, true],
    [[503], 503, true, false, true],
    [[504], 504, true, false, true],
    [[429], 429, true, false, true],
    [[429], 503, false, false, false],
    [['retriable-4xx'], 409, true, false, true],
    [['retriable-4xx'], 429, false, false, false],
    [['gateway-error', 429], 200, false, false, false],
  ])('%j, %d: upstream %s, local %s, unknown %s', (on, status, upstream, local, unknown) => {
    expect([false, true, undefined].map((by) => sidecarRetries({ on }, { status, local: by }))).toEqual([
      upstream,
      local,
      unknown,
    ]);
  });
});
