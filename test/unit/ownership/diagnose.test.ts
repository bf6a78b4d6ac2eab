import { describe, expect, it } from 'vitest';
import type { Doubling } from '../../../src/meshes/envoy/admin/doubled-retries.ts';
import { diagnose } from '../../../src/ownership/diagnosis/diagnose.ts';
import { FINDING_CODES } from '../../../src/ownership/diagnosis/finding.ts';
import { aPolicy, ruleOf } from './a-policy.ts';
import { aCoverage, anExamination, aSidecar, type ExaminationInput, markOffering } from './an-examination.ts';

const HASH = ruleOf(aPolicy()).hash;
const GET: Doubling = { method: 'GET', kind: 'requests', clause: 'reset is retried here and by the sidecar' };
const CONNECTIONS: Doubling = { method: 'GET', kind: 'connections', clause: 'connect-failure is retried twice' };
const UNASKED: Doubling = { method: 'POST', kind: 'unasked', clause: 'the sidecar repeats it after reset' };
const NONE = { covered: 'none', why: 'a route has no timeout', evidence: [], caveats: [] } as const;
const istio = [aSidecar()];

function found(input: ExaminationInput): string[] {
  return diagnose(anExamination(input)).map(({ code, severity }) => `${severity} ${code}`);
}

/** By code: what leads to it, and how grave it is. */
const CASES: readonly [string, ExaminationInput, readonly string[]][] = [
  ['nothing', {}, []],
  ['a sidecar that does nothing twice', { found: istio, coverage: aCoverage(), mode: 'process' }, []],

  ['retries twice over', { found: istio, coverage: aCoverage({ doublings: [GET] }) }, ['error doubled']],
  ['connections twice over', { found: istio, coverage: aCoverage({ doublings: [CONNECTIONS] }) }, ['warning doubled']],
  [
    'the same in the default mode',
    { mode: 'process', found: istio, coverage: aCoverage({ doublings: [GET, CONNECTIONS] }) },
    ['error doubled', 'warning doubled'],
  ],
  ['the same in mode off: the process retries nothing', { mode: 'off', coverage: aCoverage({ doublings: [GET] }) }, []],
  [
    'rules that stand back where the process says so',
    {
      found: istio,
      gatewaysChecked: true,
      coverage: aCoverage({ mark: 'offered', doublings: [GET, UNASKED] }),
      probe: markOffering(HASH),
      proof: { state: 'proven', losses: 0 } as never,
    },
    [],
  ],
  [
    'rules that nobody asks to stand back',
    {
      mode: 'process',
      found: istio,
      gatewaysChecked: true,
      coverage: aCoverage({ mark: 'offered', doublings: [GET] }),
    },
    ['error doubled', 'info could-hand-over'],
  ],
  [
    'what the policy does not repeat',
    { found: istio, coverage: aCoverage({ doublings: [UNASKED] }), policy: { retry: false } },
    ['error repeats-unsafe'],
  ],
  [
    'retries that are left to the sidecar, on the word of the operator',
    {
      mode: 'mesh',
      env: { MESHWISE_MESH: 'istio' },
      found: istio,
      coverage: aCoverage({ doublings: [GET, UNASKED] }),
    },
    ['error repeats-unsafe'],
  ],
  ['https', { url: 'https://payments', found: istio, coverage: aCoverage({ doublings: [GET] }) }, []],

  ['Kuma, unread', { found: [aSidecar({ mesh: 'kuma' })] }, ['error doubled-by-default']],
  ['Istio, unread', { found: istio }, ['warning doubled-by-default']],
  [
    'Istio by name',
    { mode: 'process', env: { MESHWISE_MESH: 'kuma' } },
    ['error doubled-by-default', 'warning sidecar-missing'],
  ],
  ['Linkerd, unread', { found: [aSidecar({ mesh: 'linkerd' })] }, []],
  ['Dapr: calls do not go through it', { found: [aSidecar({ mesh: 'dapr' })] }, []],
  [
    'Kuma with a rule of ours',
    { found: [aSidecar({ mesh: 'kuma' })], gatewaysChecked: true, probe: markOffering(HASH) },
    [],
  ],
  ['Kuma, and the policy retries nothing', { found: [aSidecar({ mesh: 'kuma' })], policy: { retry: false } }, []],

  [
    'another rule, by the admin',
    { found: istio, coverage: aCoverage({ mark: 'out of date', doublings: [GET] }) },
    ['error out-of-date'],
  ],
  ['another rule, by a reply', { probe: markOffering('00000000') }, ['error out-of-date']],
  [
    'a rule that somebody edited',
    {
      found: istio,
      gatewaysChecked: true,
      coverage: aCoverage({
        mark: 'offered',
        concerns: { ...aCoverage().concerns, retry: { ...NONE, why: 'a route retries 1 times, the policy 2 times' } },
      }),
    },
    ['error rule-differs'],
  ],
  [
    'a rule, in observe',
    { mode: 'observe', found: istio, coverage: aCoverage({ mark: 'offered' }) },
    ['info could-hand-over', 'info gateways-unknown'],
  ],
  [
    'an Envoy of one’s own: no gateway',
    { mode: 'observe', found: [aSidecar({ mesh: 'envoy' })], coverage: aCoverage({ mark: 'offered' }) },
    ['info could-hand-over'],
  ],
  ['no rule', { found: istio, coverage: aCoverage() }, ['info no-rule']],
  [
    'no rule, and the operator keeps the retries',
    { found: istio, coverage: aCoverage(), policy: { owner: { retry: 'process' } } },
    [],
  ],

  [
    'a timeout left to a route without one',
    {
      mode: 'mesh',
      found: istio,
      coverage: aCoverage({ concerns: { ...aCoverage().concerns, timeout: NONE } }),
    },
    ['warning word-contradicted'],
  ],
  [
    'a timeout left to a route with a longer one',
    {
      mode: 'mesh',
      found: istio,
      coverage: aCoverage({ concerns: { ...aCoverage().concerns, timeout: { ...NONE, covered: 'part' } } }),
    },
    ['warning word-contradicted'],
  ],
  [
    'retries left to a route that repeats some of the replies',
    {
      mode: 'mesh',
      found: istio,
      coverage: aCoverage({
        concerns: { ...aCoverage().concerns, retry: { ...NONE, covered: 'part' } },
        doublings: [{ method: 'GET', kind: 'requests', clause: '503 is retried here and by the sidecar' }],
      }),
    },
    ['warning unprotected'],
  ],
  ['mode off, and nobody else', { mode: 'off' }, ['warning unprotected']],
  [
    'mode off, and a sidecar that has no timeout',
    { mode: 'off', found: istio, coverage: aCoverage({ concerns: { ...aCoverage().concerns, timeout: NONE } }) },
    ['warning unprotected'],
  ],
  [
    'mode off, no timeout, and the policy wants none',
    {
      mode: 'off',
      policy: { timeout: false },
      coverage: aCoverage({ concerns: { ...aCoverage().concerns, timeout: NONE } }),
    },
    [],
  ],

  [
    'ejection that cannot happen',
    { mode: 'process', found: istio, coverage: aCoverage({ deadEjections: ['cluster a: at most 10 %'] }) },
    ['warning ejection-impossible'],
  ],
  ['few spans', { mode: 'process', found: istio, coverage: aCoverage({ sampling: 1 }) }, ['warning trace-cut']],
  [
    'few spans of an older Envoy',
    { mode: 'process', found: istio, version: '1.38.2', coverage: aCoverage({ sampling: 1 }) },
    [],
  ],
  ['all spans', { mode: 'process', found: istio, coverage: aCoverage({ sampling: 100 }) }, []],
  [
    'few spans, and no tracing here',
    {
      mode: 'process',
      policy: { tracing: { mode: 'off', redact: [], requestId: 'keep' } },
      found: istio,
      coverage: aCoverage({ sampling: 1 }),
    },
    [],
  ],

  ['mode mesh alone', { mode: 'mesh' }, ['error sidecar-missing']],
  ['a mesh by name alone', { mode: 'mesh', env: { MESHWISE_MESH: 'linkerd' } }, ['warning sidecar-missing']],
  ['MESHWISE_MESH=none, and so it is', { env: { MESHWISE_MESH: 'none' } }, []],
  [
    'MESHWISE_MESH=none, and an Istio',
    { env: { MESHWISE_MESH: 'none' }, found: istio, coverage: aCoverage() },
    ['warning mesh-mismatch'],
  ],
  [
    'another mesh than was said',
    { mode: 'process', env: { MESHWISE_MESH: 'linkerd' }, found: istio, coverage: aCoverage() },
    ['warning mesh-mismatch'],
  ],
  ["another one's", { found: [aSidecar({ ours: false })] }, ['warning not-ours']],
  ['nobody knows whose', { found: [aSidecar({ ours: undefined, mesh: 'envoy' })] }, ['info whose']],
  ['one that has not come', { found: [aSidecar({ ours: undefined, state: 'announced' })] }, ['info starting']],
  ['another program', { found: [aSidecar({ kind: 'stranger', ours: undefined })] }, ['info stranger']],
  ['ambient', { found: [aSidecar({ kind: 'ambient', ours: undefined })] }, ['info no-layer-7']],
  ['proxyless gRPC', { found: [aSidecar({ kind: 'proxyless' })] }, ['info no-layer-7']],
  [
    'an admin that shows nothing',
    { found: [aSidecar({ mesh: 'linkerd' })], noEvidence: 'the admin answered 404' },
    ['warning admin-unread'],
  ],
  ['a named admin that is none', { noAdmin: 'the answer is no JSON' }, ['warning admin-unread']],
  ['an upstream that does not answer', { probe: { kind: 'failed', why: 'ECONNREFUSED' } }, ['warning no-answer']],
];

describe('diagnose', () => {
  it.each(CASES)('%s', (_what, input, expected) => {
    expect(found(input)).toEqual(expected);
  });

  it('has a case for every code', () => {
    const bound = [{ title: 'VirtualService shop/payments', gateways: ['public'], upstream: 'payments' }];
    const ofBound = diagnose(anExamination(), bound).map(({ code, severity }) => `${severity} ${code}`);
    expect(ofBound).toEqual(['error reachable-from-gateway']);
    const codes = [...CASES.flatMap(([, , expected]) => expected), ...ofBound].map((line) => line.split(' ')[1]);
    expect([...new Set(codes)].sort()).toEqual([...FINDING_CODES].sort());
  });

  it('says what to do, in the words of the mesh', () => {
    const doubled = (mesh: 'istio' | 'envoy' | 'consul' | 'kuma') => {
      const coverage = mesh === 'kuma' ? undefined : aCoverage({ doublings: [GET, { ...GET, method: 'HEAD' }] });
      return diagnose(anExamination({ found: [aSidecar({ mesh })], coverage }))[0];
    };
    expect(doubled('istio')).toMatchObject({
      upstream: 'payments',
      what: 'GET, HEAD: reset is retried here and by the sidecar',
      command:
        'kubectl get virtualservices -o yaml | npx meshwise export istio --upstream payments --merge - --output payments.yaml',
    });
    expect(doubled('envoy')?.command).toBe('npx meshwise export envoy --upstream payments --output payments.yaml');
    expect(doubled('consul')?.command).toBe(
      'kubectl get servicerouters -o yaml | npx meshwise export consul --upstream payments --merge - --output payments.yaml',
    );
    expect(doubled('kuma')).toMatchObject({
      what: "Kuma by default retries 5 times on gateway-error, connect-failure, refused-stream, POST included, and has a timeout of 15 s: over the process's own retries, unless somebody has changed that",
      todo: 'A MeshRetry with numRetries: 0 switches them off; or retry: false here',
      command: undefined,
    });
    const [outOfDate] = diagnose(anExamination({ found: istio, probe: markOffering('00000000', '11111111') }));
    expect(outOfDate?.command).toContain('--merge - --keep 00000000 --keep 11111111 --output payments.yaml');
    const [left] = diagnose(
      anExamination({
        mode: 'mesh',
        found: istio,
        coverage: aCoverage({ concerns: { ...aCoverage().concerns, timeout: NONE } }),
      }),
    );
    expect(left).toMatchObject({
      what: 'timeout is left to the sidecar, and a route has no timeout: the process executes it',
      command: 'MESHWISE_OWNER=payments.timeout=process',
    });
  });

  it('says nothing twice, the gravest first', () => {
    const examination = anExamination({ found: istio, coverage: aCoverage({ doublings: [CONNECTIONS, GET] }) });
    const twice = { ...examination, targets: [...examination.targets, ...examination.targets] };
    expect(diagnose(twice).map(({ severity }) => severity)).toEqual(['error', 'warning']);
  });
});
