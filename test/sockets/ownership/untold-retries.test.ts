import { afterAll, beforeAll, expect, it } from 'vitest';
import { createMeshwise, type PolicySettings } from '../../../src/index.ts';
import { markOf, OWNER_HEADER } from '../../../src/meshes/mark.ts';
import { sidecarRule } from '../../../src/meshes/rule-of-policy.ts';
import { hashOf } from '../../../src/meshes/sidecar-rule.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';

const SETTINGS = {
  retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: { ratio: 0, minPerSecond: 1 } },
  circuitBreaker: false,
} as const satisfies PolicySettings;

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());

// Istio's routes do not tell how many attempts they made. An upstream that answers many a POST with 503 must not use up
// the budget of everybody's retries: not one of them was repeated.
it.each([
  ['GET', 8],
  ['POST', 10],
])(
  "of %s, where a sidecar's 503 does not tell its attempts, %d retries are left in the budget",
  async (method, left) => {
    const rule = sidecarRule(parsePolicy({ upstream: 'payments', ...SETTINGS }), 'istio');
    if (rule === undefined) throw new Error('no rule');
    const marked = (status: number, owner: 'process' | 'sidecar') => ({
      status,
      headers: { [OWNER_HEADER]: markOf('payments', owner, [hashOf(rule)]) },
    });
    const { path, requests } = upstream.script(marked(200, 'process'), marked(503, 'sidecar'));
    const meshwise = createMeshwise({ env: {}, mode: 'auto', upstreams: { payments: SETTINGS } });
    const payments = meshwise.client('payments');
    await (await payments(upstream.origin + path)).text();
    const { status } = await payments(upstream.origin + path, { method });
    expect([status, requests.map((request) => request.headers[OWNER_HEADER])]).toEqual([
      503,
      ['process', `sidecar/${hashOf(rule)}`],
    ]);
    expect(meshwise.status().budgets.map(({ available }) => available)).toEqual([left]);
    await meshwise.close();
  },
);
