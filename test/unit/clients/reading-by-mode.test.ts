import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchClient, type WrappedFetch } from '../../../src/clients/fetch-client.ts';
import { Instance } from '../../../src/clients/instance.ts';
import { statusOf } from '../../../src/clients/status.ts';
import { recognition } from '../../../src/meshes/mesh.ts';
import { readEnvironment } from '../../../src/ownership/environment.ts';
import type { Seen } from '../../../src/ownership/looking/seen.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { scriptedFetch } from '../../../src/testing/scripted-fetch.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { dumpOf } from '../meshes/admin/a-sidecar.ts';
import { type FakeAdmin, startFakeAdmin } from '../meshes/admin/fake-admin.ts';

const URL_OF_CALLS = 'http://payments:8080/charges';
const CONFIG_DUMP = { MESHWISE_EVIDENCE: 'reply,config-dump' };

function dumpRetryingOn(retry_on: string) {
  const action = { cluster: 'payments', timeout: '0s', retry_policy: { retry_on, num_retries: 2 } };
  return dumpOf({ routes: [{ name: 'default', match: { prefix: '/' }, route: action }] });
}

let admin: FakeAdmin;
let instance: Instance;
let client: WrappedFetch;
let clock: VirtualClock;
let warnings: string[];

beforeEach(async () => {
  // As a default Istio's routes.
  const { listeners, clusters } = dumpRetryingOn('connect-failure,refused-stream');
  admin = await startFakeAdmin({ dynamic_listeners: listeners, dynamic_active_clusters: clusters });
});
afterEach(async () => {
  await instance.close(0);
  await admin.stop();
});

/** Beside a sidecar that shows its configuration; the reader waits for no random time. */
function begin(mode: Mode, env: NodeJS.ProcessEnv = {}): void {
  clock = new VirtualClock();
  const found = recognition({ kind: 'sidecar', ours: true, evidence: ['listening on 15001, 15006'] });
  const seen: Seen = {
    found: [{ ...found, mesh: 'istio', admin: admin.address, declared: false }],
    noAdmin: undefined,
  };
  instance = new Instance({
    mode,
    caller: '',
    environment: readEnvironment(env),
    env: {},
    clock,
    random: () => 0,
    look: () => Promise.resolve(seen),
  });
  const policy = parsePolicy({ upstream: 'payments', tracing: 'off' });
  client = fetchClient(instance, scriptedFetch([200], { clock }), { policy, exported: policy });
  warnings = [];
  instance.events.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
}

async function call(): Promise<void> {
  await (await client(URL_OF_CALLS)).text();
}

/** Lets time pass until the reading is over: it begins after a delay, once its code is loaded. */
async function read(): Promise<void> {
  let isRead = false;
  void instance.whenRead().then(() => {
    isRead = true;
  });
  do {
    await clock.advance(1);
    await nextTurn();
  } while (!isRead);
}

/** The first call lets somebody look, the second one somebody read; neither waits for it. */
async function callsUntilRead(): Promise<void> {
  await call();
  await clock.advance(1);
  await call();
  await read();
  await call();
}

describe("who reads the admin of the sidecar's Envoy", () => {
  it.each<[Mode, NodeJS.ProcessEnv, boolean]>([
    ['process', CONFIG_DUMP, false],
    ['off', CONFIG_DUMP, false],
    ['observe', {}, true],
    ['auto', {}, false],
    ['auto', { MESHWISE_EVIDENCE: 'reply' }, false],
    ['auto', CONFIG_DUMP, true],
    ['auto', { ...CONFIG_DUMP, MESHWISE_MESH: 'none' }, false],
    ['auto', { MESHWISE_OWNER: 'payments.timeout=sidecar' }, true],
    ['mesh', {}, true],
  ])('mode %s, %j: %s', async (mode, env, reads) => {
    begin(mode, env);
    await callsUntilRead();
    expect(admin.requests.length > 0).toBe(reads);
    expect(statusOf(instance).sidecarCould.length > 0).toBe(reads);
    expect(client.plan(URL_OF_CALLS).concerns.timeout.sidecarCould !== undefined).toBe(reads);
  });

  it('nobody does for https:, which it does not see', async () => {
    begin('observe');
    await call();
    await clock.advance(1);
    client.plan('https://payments/');
    await read();
    expect(admin.requests).toEqual([]);
  });

  it('the mode that reads no more forgets what was read', async () => {
    begin('observe');
    await callsUntilRead();
    instance.mode = 'process';
    expect(statusOf(instance).sidecarCould).toEqual([]);
    expect(client.plan(URL_OF_CALLS).concerns.retry.sidecarCould).toBeUndefined();
    await call();
    await clock.advance(60_000);
    expect(clock.timers).toBe(0);
  });
});

describe('what was read', () => {
  it('is in the status and the plan, as what it could do, and hands nothing over in auto', async () => {
    begin('auto', CONFIG_DUMP);
    await callsUntilRead();
    const [could] = statusOf(instance).sidecarCould;
    expect(could).toMatchObject({
      upstream: 'payments',
      origin: 'http://payments:8080',
      timeout: { covered: 'none', evidence: ['listener outbound, route default, cluster payments: no timeout'] },
      retry: { covered: 'part' },
    });
    const { concerns } = client.plan(URL_OF_CALLS);
    expect(concerns.timeout).toMatchObject({ owner: 'process', evidence: 'none', sidecarCould: could?.timeout });
    expect(concerns.retry).toMatchObject({ owner: 'process', evidence: 'none', sidecarCould: could?.retry });
  });

  it.each<[Mode, NodeJS.ProcessEnv]>([
    ['observe', {}],
    ['auto', CONFIG_DUMP],
  ])('mode %s, %j: what could be doubled is said once, by the call after the reading', async (mode, env) => {
    begin(mode, env);
    await callsUntilRead();
    await call();
    expect(warnings).toEqual([
      expect.stringMatching(
        /^MESHWISE_DOUBLED the sidecar could double attempts of payments at http:\/\/payments:8080, as its configuration shows: GET, .*PATCH: connect-failure, refused-stream is retried here and by the sidecar, up to 9 attempts\. /,
      ),
    ]);
    expect(statusOf(instance).doubled).toEqual([]);
  });

  it('is not said where the process retries nothing, whatever the sidecar repeats', async () => {
    await admin.stop();
    const { listeners, clusters } = dumpRetryingOn('5xx');
    admin = await startFakeAdmin({ dynamic_listeners: listeners, dynamic_active_clusters: clusters });
    begin('observe');
    const policy = parsePolicy({ upstream: 'payments', tracing: 'off', retry: false });
    client = fetchClient(instance, scriptedFetch([200], { clock }), { policy, exported: policy });
    await callsUntilRead();
    expect(statusOf(instance).sidecarCould).toHaveLength(1);
    expect(warnings).toEqual([]);
  });
});
