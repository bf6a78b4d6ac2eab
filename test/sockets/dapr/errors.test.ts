import { afterEach, describe, expect, it } from 'vitest';
import {
  CircuitOpenError,
  ConnectionError,
  MeshwiseError,
  outcomeOf,
  type PolicySettings,
  TimeoutError,
} from '../../../src/index.ts';
import { rejectionOf } from '../fetch/a-meshwise.ts';
import {
  type AServer,
  aDaprClient,
  aServer,
  type DaprClientOptions,
  daprError,
  EOF_FROM_APP,
  NOBODY_LISTENS,
  type Said,
} from './a-daprd.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

async function aClient(options: Omit<DaprClientOptions, 'port'>, ...answers: (Said | 'nothing')[]) {
  const daprd: AServer = await aServer(answers);
  open.push(daprd);
  return { daprd, ...aDaprClient({ port: daprd.port, ...options }) };
}

const URL_OF_APP = 'http://payments/charges';
const NO_RETRY: PolicySettings = { retry: false };

describe("daprd's own errors are ours", () => {
  it.each([
    ['circuit breaker is open', CircuitOpenError, { code: 'MESHWISE_CIRCUIT_OPEN', retryAfterMs: 0 }],
    ['too many requests', CircuitOpenError, { code: 'MESHWISE_CIRCUIT_OPEN' }],
    ['context deadline exceeded', TimeoutError, { code: 'MESHWISE_TIMEOUT', scope: 'attempt', timeout: 0 }],
    [EOF_FROM_APP, ConnectionError, { code: 'MESHWISE_CONNECTION', cause: { code: 'ECONNRESET' } }],
    [NOBODY_LISTENS, ConnectionError, { code: 'MESHWISE_CONNECTION', cause: { code: 'ECONNREFUSED' }, attempts: 4 }],
    ['no host found with the given ID', ConnectionError, { cause: { code: 'ENOTFOUND' } }],
    ['stream too large', ConnectionError, { cause: { code: 'EMSGSIZE' } }],
  ])('%s', async (err, kind, fields) => {
    const { client, daprd } = await aClient({ settings: NO_RETRY }, daprError(err));
    const error = await rejectionOf(client(URL_OF_APP));
    expect(error).toBeInstanceOf(kind);
    expect(error).toBeInstanceOf(MeshwiseError);
    expect(error).toMatchObject({ upstream: 'payments', owner: 'sidecar', attempts: 1, ...fields });
    expect((error as Error).cause).toHaveProperty('message', err);
    expect((error as MeshwiseError).response?.status).toBe(500);
    expect(daprd.heard).toHaveLength(1);
  });

  it('are a TypeError where fetch has one, and no other error is', async () => {
    const { client } = await aClient(
      { settings: NO_RETRY },
      daprError(EOF_FROM_APP),
      daprError('circuit breaker is open'),
    );
    const lost = await rejectionOf(client(URL_OF_APP));
    expect(lost).toBeInstanceOf(TypeError);
    expect(lost).not.toBeInstanceOf(TimeoutError);
    expect(await rejectionOf(client(URL_OF_APP))).not.toBeInstanceOf(TypeError);
  });

  it('are responses with errors: response, to be read as they came', async () => {
    const said = daprError('circuit breaker is open');
    const { client } = await aClient({ settings: { errors: 'response' } }, said);
    const response = await client(URL_OF_APP);
    expect([response.status, await response.text()]).toEqual([500, said.body]);
    expect(outcomeOf(response)).toEqual({
      upstream: 'payments',
      owner: 'process',
      attempts: 1,
      sidecarAttempts: undefined,
      author: 'sidecar',
      evidence: 'verdict',
      verdict: { kind: 'circuit-open', said: 'circuit breaker is open' },
    });
  });

  it('are what a fallback answers', async () => {
    const seen: string[] = [];
    const settings: PolicySettings = {
      retry: false,
      fallback: (error) => {
        seen.push(error.name);
        return new Response('instead');
      },
    };
    const errs = ['circuit breaker is open', 'context deadline exceeded', EOF_FROM_APP, 'stream too large'];
    const { client } = await aClient({ settings }, ...errs.map((err) => daprError(err)));
    for (const _ of errs) expect(await (await client(URL_OF_APP)).text()).toBe('instead');
    expect(seen).toEqual(['CircuitOpenError', 'TimeoutError', 'ConnectionError', 'ConnectionError']);
  });

  it('are what a fallback answers, before the response that they are', async () => {
    const settings: PolicySettings = { errors: 'response', fallback: () => new Response('instead') };
    const { client } = await aClient({ settings }, daprError('circuit breaker is open'));
    expect(await (await client(URL_OF_APP)).text()).toBe('instead');
  });

  it('tell how the call ended', async () => {
    const { client, meshwise } = await aClient(
      { settings: NO_RETRY },
      daprError('context deadline exceeded'),
      daprError('circuit breaker is open'),
      daprError(EOF_FROM_APP),
    );
    const outcomes: string[] = [];
    meshwise.on('call', ({ outcome, errorCode }) => outcomes.push(`${outcome} ${errorCode}`));
    for (let n = 0; n < 3; n++) await rejectionOf(client(URL_OF_APP));
    expect(outcomes).toEqual([
      'timeout MESHWISE_TIMEOUT',
      'rejected MESHWISE_CIRCUIT_OPEN',
      'error MESHWISE_CONNECTION',
    ]);
  });
});

describe('all else is the Response that it is', () => {
  const json = { 'content-type': 'application/json' };

  it.each<[string, Said]>([
    ['an error of the app', { status: 500, headers: json, body: '{"errorCode":"ERR_CHARGE","message":"no"}' }],
    ["another daprd's error that the app passes on", daprError('circuit breaker is open', 'ledger')],
    [
      'an error that says nothing of connection, limit or time',
      daprError('rpc error: code = InvalidArgument desc = no'),
    ],
    ['half an error', { status: 500, headers: json, body: '{"errorCode":"ERR_DIRECT_INVOKE","mess' }],
    ['the same body with another status', { ...daprError('circuit breaker is open'), status: 502 }],
    ['the same body as text', { ...daprError('circuit breaker is open'), headers: { 'content-type': 'text/plain' } }],
    [
      'a large body',
      { status: 500, headers: json, body: `{"errorCode":"ERR_DIRECT_INVOKE","a":"${'x'.repeat(100_000)}"}` },
    ],
    ['a missing token', { status: 401, headers: { 'content-type': 'text/plain' }, body: 'invalid api token' }],
  ])('%s', async (_, said) => {
    const { client } = await aClient({ settings: NO_RETRY }, said);
    const response = await client(URL_OF_APP);
    expect([response.status, await response.text()]).toEqual([said.status, said.body]);
    expect(outcomeOf(response)).toMatchObject({ author: undefined, evidence: undefined, verdict: undefined });
  });

  it('after a redirect to somebody else', async () => {
    const stranger = await aServer([daprError('circuit breaker is open')]);
    open.push(stranger);
    const { client } = await aClient(
      { settings: NO_RETRY },
      { status: 302, headers: { location: `${stranger.origin}/x` } },
    );
    expect((await client(URL_OF_APP)).status).toBe(500);
  });
});

describe('the process retries what Dapr could not do', () => {
  const settings: PolicySettings = { retry: { limit: 2 } };

  it.each([EOF_FROM_APP, 'no host found with the given ID'])('in auto: of a GET: %s', async (err) => {
    const { client, daprd } = await aClient({ settings }, daprError(err), { status: 200 });
    const response = await client(URL_OF_APP);
    expect([response.status, outcomeOf(response)?.attempts]).toEqual([200, 2]);
    expect(daprd.heard).toHaveLength(2);
    await response.text();
  });

  // The app can answer so, too.
  it.each([EOF_FROM_APP, 'no host found with the given ID'])('in auto: nothing of a POST: %s', async (err) => {
    const { client, daprd } = await aClient({ settings }, daprError(err));
    expect(await rejectionOf(client(URL_OF_APP, { method: 'POST', body: 'a' }))).toBeInstanceOf(ConnectionError);
    expect(daprd.heard).toHaveLength(1);
  });

  it.each(['circuit breaker is open', 'too many requests'])('never what its breaker refused: %s', async (err) => {
    const on = ['5xx', 500] as const;
    const { client, daprd, meshwise } = await aClient(
      { settings: { retry: { limit: 2, on }, circuitBreaker: { on, consecutiveFailures: 1 } } },
      daprError(err),
    );
    expect(await rejectionOf(client(URL_OF_APP))).toMatchObject({ attempts: 1, owner: 'sidecar' });
    expect(await rejectionOf(client(URL_OF_APP))).toMatchObject({ owner: 'sidecar' });
    expect(daprd.heard).toHaveLength(2);
    expect(meshwise.status().circuits.filter(({ state }) => state !== 'closed')).toEqual([]);
  });

  it.each([EOF_FROM_APP, NOBODY_LISTENS])('and counts its failures for the circuit breaker: %s', async (err) => {
    const { client, meshwise } = await aClient(
      { settings: { retry: false, circuitBreaker: { consecutiveFailures: 1 } } },
      daprError(err),
    );
    await rejectionOf(client(URL_OF_APP));
    expect(await rejectionOf(client(URL_OF_APP))).toMatchObject({ name: 'CircuitOpenError', owner: 'process' });
    expect(meshwise.status().circuits).toMatchObject([{ state: 'open' }]);
  });

  it('but not once more what its built-in retries have tried often enough', async () => {
    const { client, daprd } = await aClient({ settings }, daprError(NOBODY_LISTENS));
    expect(await rejectionOf(client(URL_OF_APP))).toMatchObject({ attempts: 4, cause: { code: 'ECONNREFUSED' } });
    expect(daprd.heard).toHaveLength(1);
  });

  it('what is left of a larger limit, and takes the built-in ones out of the budget', async () => {
    const { client, daprd, meshwise } = await aClient({ settings: { retry: { limit: 5 } } }, daprError(NOBODY_LISTENS));
    const before = meshwise.status().budgets[0]?.available ?? 10;
    expect(await rejectionOf(client(URL_OF_APP))).toMatchObject({ attempts: 8 });
    expect(daprd.heard).toHaveLength(2);
    // Twice three of daprd's, and one of ours; a fifth of the call's own deposit is no whole retry.
    expect(before - (meshwise.status().budgets[0]?.available ?? 0)).toBe(7);
  });

  it('in auto: an attempt that takes too long, which only the process limits', async () => {
    const limited: PolicySettings = { timeout: '10s', retry: { limit: 1, perTryTimeout: 500 } };
    const { client, daprd } = await aClient({ settings: limited }, 'nothing', { status: 200 });
    expect((await client(URL_OF_APP)).status).toBe(200);
    expect(daprd.heard).toHaveLength(2);
  });

  it('in mesh: nothing', async () => {
    const { client, daprd } = await aClient({ mode: 'mesh', settings }, daprError(EOF_FROM_APP));
    expect(await rejectionOf(client(URL_OF_APP))).toMatchObject({ owner: 'sidecar', attempts: 1 });
    expect(daprd.heard).toHaveLength(1);
  });
});
