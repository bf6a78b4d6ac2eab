import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SpanKind } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMeshwise } from '../../../src/index.ts';
import { CONCERNS, type Concern, type Owner } from '../../../src/policy/conditions.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { forgetTelemetry, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { EXECUTED, type Executed, type Options } from './executed.ts';

/** A mesh by name: the word is believed. */
const NAMED = { MESHWISE_MESH: 'envoy' };
const ALL = Object.fromEntries(CONCERNS.map((concern) => [concern, 'sidecar'])) as Record<Concern, Owner>;

/** `p` process, `s` sidecar, `-` nobody, in the order of CONCERNS: timeout, retry, circuitBreaker, concurrency, tracing. */
type Row = readonly [what: string, expected: string, options: Options];

const only = (concern: Concern, letter: string, others: string): string =>
  CONCERNS.map((each) => (each === concern ? letter : others)).join('');

const ROWS: readonly Row[] = [
  ...(['off', 'process', 'observe', 'auto', 'mesh'] as const).map((mode): Row => {
    const letter = { off: '-', process: 'p', observe: 'p', auto: 'p', mesh: 's' }[mode];
    return [`mode ${mode}`, letter.repeat(5), { mode, env: NAMED }];
  }),
  ...(['off', 'process', 'observe', 'auto', 'mesh'] as const).map((mode): Row => {
    const letter = { off: '-', process: 'p', observe: 'p', auto: 's', mesh: 's' }[mode];
    return [`mode ${mode}, everything said to be the sidecar's`, letter.repeat(5), { mode, env: NAMED, owner: ALL }];
  }),
  ...CONCERNS.flatMap((concern): Row[] => [
    [
      `mode auto, owner.${concern}: sidecar`,
      only(concern, 's', 'p'),
      { mode: 'auto', env: NAMED, owner: { [concern]: 'sidecar' } },
    ],
    [
      `mode mesh, owner.${concern}: process`,
      only(concern, 'p', 's'),
      { mode: 'mesh', env: NAMED, owner: { [concern]: 'process' } },
    ],
    [
      `mode auto, MESHWISE_OWNER=payments.${concern}=sidecar`,
      only(concern, 's', 'p'),
      { mode: 'auto', env: { ...NAMED, MESHWISE_OWNER: `payments.${concern}=sidecar` } },
    ],
    [
      `mode mesh, MESHWISE_OWNER=*.${concern}=process`,
      only(concern, 'p', 's'),
      { mode: 'mesh', env: { ...NAMED, MESHWISE_OWNER: `*.${concern}=process` } },
    ],
  ]),
  ['MESHWISE_MODE over the code', 'sssss', { mode: 'process', env: { ...NAMED, MESHWISE_MODE: 'mesh' } }],
  [
    'MESHWISE_OWNER over the code',
    'spsss',
    { mode: 'mesh', env: { ...NAMED, MESHWISE_OWNER: 'payments.retry=process' }, owner: ALL },
  ],
  [
    'a name in MESHWISE_OWNER over *',
    'psppp',
    { mode: 'auto', env: { ...NAMED, MESHWISE_OWNER: 'payments.retry=sidecar,*.retry=process' } },
  ],
  ["another upstream's entry", 'ppppp', { mode: 'auto', env: { ...NAMED, MESHWISE_OWNER: 'ledger.retry=sidecar' } }],
  ['mode mesh, MESHWISE_MESH=none', 'ppppp', { mode: 'mesh', env: { MESHWISE_MESH: 'none' } }],
  ['mode mesh without a sign of a sidecar', 'ppppp', { mode: 'mesh' }],
  ['mode auto, owner: sidecar without a sign of one', 'ppppp', { mode: 'auto', owner: ALL }],
];

describe('mode × word × concern: what a call really does', () => {
  let upstream: ScriptedUpstream;
  const seen = new Map<string, string>();

  // All at once: where a net is all that ends a call, that takes two seconds.
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
    const end = new AbortController();
    const observer = { upstream, recording: recordSpans(), theEnd: end.signal };
    const lettersOf = async (options: Options) => {
      const letters = CONCERNS.map(async (concern) => LETTERS[await EXECUTED[concern](options, observer)]);
      return (await Promise.all(letters)).join('');
    };
    const [off, others] = [ROWS.filter(isOff), ROWS.filter((row) => !isOff(row))];
    const pending = Promise.all(off.map(async ([what, , options]) => seen.set(what, await lettersOf(options))));
    await Promise.all(others.map(async ([what, , options]) => seen.set(what, await lettersOf(options))));
    end.abort(new Error('nobody ended this call'));
    await pending;
  });
  afterAll(async () => {
    forgetTelemetry();
    await upstream.stop();
  });

  it.each(ROWS)('%s: %s', (what, expected) => {
    expect(seen.get(what)).toBe(expected);
  });

  it.each(ROWS)('%s: the plan says so', (_what, expected, { owner, ...options }) => {
    const payments = { concurrency: { limit: 1 }, ...(owner && { owner }) };
    const plan = createMeshwise({ env: {}, ...options, upstreams: { payments } })
      .client('payments')
      .plan(upstream.origin);
    expect(CONCERNS.map((concern) => LETTERS[plan.concerns[concern].owner]).join('')).toBe(expected);
  });
});

const LETTERS: Readonly<Record<Executed, string>> = { process: 'p', sidecar: 's', off: '-' };

function isOff([, , { mode, env }]: Row): boolean {
  return ((env?.['MESHWISE_MODE'] as Mode | undefined) ?? mode) === 'off';
}

describe('the word in a policy file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'meshwise-owner-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('stands for all upstreams, and for one of them above that', () => {
    const file = join(folder, 'meshwise.yaml');
    writeFileSync(
      file,
      `mode: auto
owner: { retry: sidecar, timeout: sidecar }
upstreams:
  payments: { match: ['http://payments'] }
  ledger: { match: ['http://ledger'], owner: { retry: process } }
`,
    );
    const meshwise = createMeshwise({ file, env: NAMED });
    const ownersAt = (url: string) => {
      const { timeout, retry, circuitBreaker } = meshwise.plan(url).concerns;
      return [timeout.owner, retry.owner, circuitBreaker.owner];
    };
    expect(ownersAt('http://payments')).toEqual(['sidecar', 'sidecar', 'process']);
    expect(ownersAt('http://ledger')).toEqual(['sidecar', 'process', 'process']);
  });
});

describe('a word without a sidecar', () => {
  it.each<[string, Options]>([
    ['of the mode', { mode: 'mesh' }],
    ['of an owner', { mode: 'auto', owner: { circuitBreaker: 'sidecar' } }],
    ['of the environment', { mode: 'auto', env: { MESHWISE_OWNER: '*.tracing=sidecar' } }],
    ['of the mode, less what the operator keeps', { mode: 'mesh', owner: { timeout: 'process' } }],
  ])('%s is told once, when somebody has looked', async (_what, { owner, ...options }) => {
    const upstream = await startScriptedUpstream();
    const { path } = upstream.script(200);
    const upstreams = { payments: { match: [upstream.origin], ...(owner && { owner }) } };
    const meshwise = createMeshwise({ env: {}, ...options, upstreams });
    const codes: string[] = [];
    meshwise.on('warning', ({ code }) => codes.push(code));
    await (await meshwise.fetch(upstream.origin + path)).text();
    await meshwise.ready();
    await (await meshwise.fetch(upstream.origin + path)).text();
    await meshwise.ready();
    expect(codes).toEqual(['MESHWISE_NO_SIDECAR']);
    await meshwise.close();
    await upstream.stop();
  });
});

describe("what stays here when everything is the sidecar's", () => {
  it('tells the upstream the deadline that was asked for, not the net behind it', async () => {
    const upstream = await startScriptedUpstream();
    const { path, requests } = upstream.script(200);
    const payments = { timeout: '10s' } as const;
    const meshwise = createMeshwise({ env: NAMED, mode: 'mesh', upstreams: { payments } });
    await (await meshwise.client('payments')(upstream.origin + path)).text();
    const told = Number(requests[0]?.headers['x-meshwise-timeout-ms']);
    expect(told).toBeLessThanOrEqual(10_000);
    expect(told).toBeGreaterThan(5_000);
    expect(requests[0]?.headers['x-meshwise-attempt']).toBe('1');
    expect(requests[0]?.headers['x-meshwise-owner']).toBeUndefined();
    await upstream.stop();
  });

  it('makes one CLIENT span and no other where the operator keeps the tracing', async () => {
    const upstream = await startScriptedUpstream();
    const { path, requests } = upstream.script(503);
    const { exporter } = recordSpans();
    const payments = { owner: { tracing: 'process' } } as const;
    const meshwise = createMeshwise({ env: NAMED, mode: 'mesh', upstreams: { payments } });
    await (await meshwise.client('payments')(upstream.origin + path)).text();
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ kind }) => kind)).toEqual([SpanKind.CLIENT]);
    expect(requests[0]?.headers['traceparent']).toContain(spans[0]?.spanContext().spanId);
    forgetTelemetry();
    await upstream.stop();
  });

  it('has no timer that Node fires at once under the longest timeout there is', async () => {
    const upstream = await startScriptedUpstream();
    const { path } = upstream.script({ status: 200, delay: 20 });
    const payments = { timeout: 2 ** 31 - 1 };
    const meshwise = createMeshwise({ env: NAMED, mode: 'mesh', upstreams: { payments } });
    const warnings: Error[] = [];
    const heed = (warning: Error) => warnings.push(warning);
    process.on('warning', heed);
    expect((await meshwise.client('payments')(upstream.origin + path)).status).toBe(200);
    process.off('warning', heed);
    expect(warnings.map(({ name }) => name)).not.toContain('TimeoutOverflowWarning');
    await upstream.stop();
  });
});
