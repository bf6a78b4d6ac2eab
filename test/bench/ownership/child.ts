// `node child.ts <what> <subject>`: what a call costs that is handed over, beside the same by the process; or a decision; or a dump.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as macrotask } from 'node:timers/promises';
import type { FetchFunction } from '../../../src/call/fetch-types.ts';
import { AdminReader } from '../../../src/meshes/envoy/admin/admin-reader.ts';
import { OWNER_HEADER } from '../../../src/meshes/mark.ts';
import { OwnershipOfUpstream } from '../../../src/ownership/ownership-of-upstream.ts';
import { RetryOwnerByMark } from '../../../src/ownership/retry-owner-by-mark.ts';
import { retryRulesOf } from '../../../src/ownership/retry-rule.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import type { PolicySettings } from '../../../src/policy/schema.ts';
import { busyWith, startLargeAdmin } from '../../unit/meshes/admin/large-admin.ts';
import { cpuMs } from '../cpu-time.ts';
import { nanosecondsPerCall } from '../measure-calls.ts';
import { median } from '../statistics.ts';
import { loadMeshwise } from '../subject.ts';
import type { OwnershipCaseName } from './suite.ts';

const SETTINGS: PolicySettings & { readonly upstream: string } = {
  upstream: 'payments',
  mesh: true,
  retry: { limit: 2, budget: false },
  circuitBreaker: false,
};
/** In one sample. */
const DECISIONS = 100_000;
const URL_OF_CALLS = 'http://payments:8080/charges/42';

const own = retryRulesOf(parsePolicy(SETTINGS));
if ('obstacle' in own) throw new Error(own.obstacle);
const { rules } = own;
const [{ hash }] = rules;
const BY_SIDECAR = `payments/sidecar/${hash}`;
const BY_PROCESS = `payments/process/${hash}`;

const CASES: Readonly<Record<OwnershipCaseName, () => Promise<object>>> = {
  process: () => calls('process', upstreamThatIs('well')),
  'handed-over': () => calls('auto', sidecar),
  'process-retrying': () => calls('process', upstreamThatIs('broken twice')),
  decision,
  dump,
};

const [, , what, subject] = process.argv;
console.log(JSON.stringify(await CASES[what as OwnershipCaseName]()));
process.exit();

/** What it made of two failures is not seen here: it answers once, well, with its mark. */
async function sidecar(_input: unknown, init?: RequestInit): Promise<Response> {
  const asked = new Headers(init?.headers).get(OWNER_HEADER);
  return new Response(null, { headers: { [OWNER_HEADER]: asked === `sidecar/${hash}` ? BY_SIDECAR : BY_PROCESS } });
}

function upstreamThatIs(state: 'well' | 'broken twice'): FetchFunction {
  let attempts = 0;
  return async (_input, init) => {
    // As much as the other one does.
    new Headers(init?.headers).get(OWNER_HEADER);
    const broken = state === 'broken twice' && ++attempts % 3 !== 0;
    return new Response(null, { status: broken ? 503 : 200, headers: { [OWNER_HEADER]: BY_PROCESS } });
  };
}

async function calls(mode: 'process' | 'auto', fetch: FetchFunction): Promise<object> {
  const { createMeshwise } = await loadMeshwise(subject);
  const { upstream, ...settings } = SETTINGS;
  // No wait before a retry: the timer is not what is compared.
  const meshwise = createMeshwise({ fetch, mode, random: () => 0, env: {}, upstreams: { [upstream]: settings } });
  const client = meshwise.client(upstream);
  const ns = await nanosecondsPerCall(() => client(URL_OF_CALLS));
  const { owner } = meshwise.plan(URL_OF_CALLS).concerns.retry;
  if (mode === 'auto' && client.plan(URL_OF_CALLS).concerns.retry.owner !== 'sidecar') {
    throw new Error(`not handed over, but owned by ${owner}`);
  }
  return { us: ns / 1000 };
}

async function decision(): Promise<object> {
  const ownership = new OwnershipOfUpstream(rules).of('http://payments:8080');
  const clock = { now: () => 0 };
  const mark = { upstream: 'payments', owner: 'process', hashes: [hash] } as const;
  const reply = { kind: 'response', mark, redirected: false, retriedByRule: false } as const;
  ownership.received({ owner: 'process', method: 'GET' }, reply, 0);
  const options = { ownership, handsOver: true, override: false, streaming: false };
  const owner = new RetryOwnerByMark({ ...options, clock } as ConstructorParameters<typeof RetryOwnerByMark>[0]);
  const request = {
    method: 'GET',
    repeatable: true,
    bodySize: 0,
    headers: new Headers({ accept: 'application/json' }),
    budgetLeft: true,
    probe: false,
  };
  if (owner.decide(request) !== 'sidecar') throw new Error('not handed over');
  const samples: number[] = [];
  for (let sample = 0; sample < 41; sample++) {
    const start = cpuMs();
    for (let count = 0; count < DECISIONS; count++) owner.decide(request);
    samples.push(((cpuMs() - start) * 1e6) / DECISIONS);
    await macrotask();
  }
  return { ns: median(samples) };
}

async function dump(): Promise<object> {
  const lockDirectory = await mkdtemp(join(tmpdir(), 'meshwise-lock-'));
  const admin = await startLargeAdmin(2_000, 1);
  const url = new URL('http://svc-77.default:8080');
  const reader = new AdminReader({ address: admin.address, maxDelay: 0, lockDirectory, limits: { timeout: 30_000 } });
  const { result, busy, longest } = await busyWith(() => reader.read([url]));
  if (result.noEvidence !== undefined) throw new Error(result.noEvidence);
  await admin.stop();
  await rm(lockDirectory, { recursive: true });
  return { busy, longest };
}
