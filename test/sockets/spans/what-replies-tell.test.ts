import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createMeshwise, type Meshwise, type MeshwiseOptions, type PolicySettings } from '../../../src/index.ts';
import { markOf, OWNER_HEADER } from '../../../src/meshes/mark.ts';
import { retryRuleOf } from '../../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { type Answer, type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { forgetTelemetry, type Recording, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { rejectionOf } from '../fetch/a-meshwise.ts';
import { endedSpans, ownAttributes } from './ended-spans.ts';

const SETTINGS: PolicySettings = { retry: { limit: 1, backoff: { base: 1, max: 1 } }, circuitBreaker: false };
const rule = retryRuleOf(parsePolicy({ upstream: 'payments', ...SETTINGS }));
if ('obstacle' in rule) throw new Error(rule.obstacle);
const BY_SIDECAR = markOf('payments', 'sidecar', [rule.hash]);
const BY_PROCESS = markOf('payments', 'process', [rule.hash]);
const FOREIGN = markOf('ledger', 'sidecar', [rule.hash]);
const OTHER_RULE = markOf('payments', 'sidecar', ['00000000']);
/** As a proxy writes them, whosever it is. */
const PROXY = { 'x-envoy-attempt-count': '3', 'x-envoy-upstream-service-time': '12' };

let upstream: ScriptedUpstream;
let meshwise: Meshwise;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());
afterEach(async () => {
  await meshwise.close();
  forgetTelemetry();
});

function open(options: MeshwiseOptions = {}): Recording {
  meshwise = createMeshwise({
    env: { MESHWISE_MODE: 'auto', MESHWISE_MESH: 'consul' },
    ...options,
    upstreams: { payments: SETTINGS },
  });
  return recordSpans();
}

const reply = (headers: Record<string, string>, status = 200): Answer => ({ status, headers });

async function call(...answers: Answer[]): Promise<void> {
  const response = await meshwise.client('payments')(upstream.origin + upstream.script(...answers).path);
  await response.text();
}

/** A reply that offers the rule: the next call is handed over. */
const offer = () => call(reply({ [OWNER_HEADER]: BY_PROCESS }));

const last = (recording: Recording) => ownAttributes(endedSpans(recording).attempts.at(-1));

describe('the span of an attempt that a sidecar may have retried', () => {
  it("says that the process retried, and what the sidecar's rule says", async () => {
    const recording = open();
    await call(reply({ [OWNER_HEADER]: BY_PROCESS, ...PROXY }));
    expect(last(recording)).toEqual({
      'meshwise.owner': 'process',
      'meshwise.mesh': 'consul',
      'meshwise.mark': BY_PROCESS,
      'meshwise.sidecar.attempts': 3,
      'meshwise.sidecar.upstream_service_time_ms': 12,
    });
  });

  it('says that the sidecar did, as does the span of the call', async () => {
    const recording = open();
    await offer();
    await call(reply({ [OWNER_HEADER]: BY_SIDECAR, ...PROXY }));
    expect(last(recording)).toMatchObject({ 'meshwise.owner': 'sidecar', 'meshwise.mark': BY_SIDECAR });
    const { calls } = endedSpans(recording);
    expect(calls.map(({ attributes }) => attributes['meshwise.owner'])).toEqual(['process', 'sidecar']);
  });

  it.each<[string, Record<string, string>, object]>([
    ['no mark', {}, {}],
    ["another upstream's mark", { [OWNER_HEADER]: FOREIGN }, { 'meshwise.mark': FOREIGN }],
    ["another rule's mark", { [OWNER_HEADER]: OTHER_RULE }, { 'meshwise.mark': OTHER_RULE }],
    ['what is no mark', { [OWNER_HEADER]: 'sidecar' }, {}],
  ])('believes no proxy on a reply with %s, though the call was handed over', async (_what, headers, shown) => {
    const recording = open();
    await offer();
    await call(reply({ ...headers, ...PROXY }));
    expect(last(recording)).toEqual({ 'meshwise.owner': 'process', 'meshwise.mesh': 'consul', ...shown });
  });

  it('shows no number that is none', async () => {
    const recording = open();
    const nonsense = { 'x-envoy-attempt-count': 'many', 'x-envoy-upstream-service-time': '-1' };
    await call(reply({ [OWNER_HEADER]: BY_PROCESS, ...nonsense }));
    expect(Object.keys(last(recording))).toEqual(['meshwise.owner', 'meshwise.mesh', 'meshwise.mark']);
  });

  it('says whom it was left to, where no reply came', async () => {
    const recording = open();
    await offer();
    await rejectionOf(call('reset'));
    const owners = endedSpans(recording).attempts.map(({ attributes }) => attributes['meshwise.owner']);
    // Nobody knows what was processed: one more attempt, as the process.
    expect(owners).toEqual(['process', 'sidecar', 'process']);
  });

  it('says nothing of a mark that came after a redirect', async () => {
    const recording = open();
    const target = upstream.script(reply({ [OWNER_HEADER]: BY_PROCESS, ...PROXY }));
    await call({ status: 302, headers: { location: target.path } });
    expect(last(recording)).toEqual({ 'meshwise.owner': 'process', 'meshwise.mesh': 'consul' });
  });

  it("names whom the operator's word names, and believes no header there", async () => {
    const recording = open({
      env: { MESHWISE_MODE: 'mesh', MESHWISE_MESH: 'istio', MESHWISE_OWNER: '*.tracing=process' },
    });
    await call(reply({ [OWNER_HEADER]: BY_SIDECAR, ...PROXY }));
    expect(last(recording)).toEqual({ 'meshwise.owner': 'sidecar', 'meshwise.mesh': 'istio' });
    expect(endedSpans(recording).calls).toEqual([]);
  });

  it('says nothing where nobody else may retry', async () => {
    const recording = open({ env: { MESHWISE_MODE: 'process', MESHWISE_MESH: 'istio' } });
    await call(reply({ [OWNER_HEADER]: BY_SIDECAR, ...PROXY }));
    expect(last(recording)).toEqual({});
  });
});
