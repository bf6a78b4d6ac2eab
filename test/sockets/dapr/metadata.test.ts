import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../src/index.ts';
import { rejectionOf } from '../fetch/a-meshwise.ts';
import { type AServer, aDaprClient, aServer, type DaprClientOptions } from './a-daprd.ts';

const open: { stop(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.stop()));
});

const NONE = { id: 'checkout', runtimeVersion: '1.18.3' };
const SOME = { ...NONE, resiliencies: [{ name: 'some' }] };

async function beside(metadata: object | undefined, options: Omit<DaprClientOptions, 'port'>) {
  const daprd: AServer = await aServer([{ status: 503 }], { metadata });
  open.push(daprd);
  const { client, meshwise } = aDaprClient({ port: daprd.port, ...options });
  const warnings: string[] = [];
  meshwise.on('warning', ({ code, message }) => warnings.push(`${code} ${message}`));
  const ownersOf = () => {
    const { retry, circuitBreaker, timeout, tracing } = client.plan('http://payments/a').concerns;
    return [retry, circuitBreaker, timeout, tracing].map(({ owner, evidence }) => `${owner} ${evidence}`);
  };
  // What it tells is known when the first plan has asked for it.
  client.plan('http://payments/a');
  return { daprd, client, meshwise, warnings, ownersOf };
}

/** Of the one call: how often it was sent. */
async function attempts({ client, daprd }: Awaited<ReturnType<typeof beside>>): Promise<number> {
  await (await client('http://payments/a')).text();
  return daprd.heard.length;
}

describe('the word that Dapr retries and breaks circuits', () => {
  it('does not hold where daprd has loaded no Resiliency: the process does, and says so once', async () => {
    const one = await beside(NONE, { mode: 'mesh' });
    await one.meshwise.ready();
    expect(one.ownersOf()).toEqual(['process metadata', 'process metadata', 'process none', 'sidecar declared']);
    expect(await attempts(one)).toBe(3);
    await attempts(one);
    expect(one.warnings).toEqual([
      'MESHWISE_WORD_CONTRADICTED payments.retry: mode mesh says sidecar, but daprd shows otherwise: the process executes: daprd has loaded no Resiliency',
      'MESHWISE_WORD_CONTRADICTED payments.circuitBreaker: mode mesh says sidecar, but daprd shows otherwise: the process executes: daprd has loaded no Resiliency',
    ]);
  });

  it.each([
    ['where it has', SOME],
    ['where it does not say', { ...NONE, runtimeVersion: '1.17.0' }],
    ['where it tells nothing', undefined],
  ])('holds %s', async (_, metadata) => {
    const one = await beside(metadata, { mode: 'mesh' });
    await one.meshwise.ready();
    expect(one.ownersOf()).toEqual(['sidecar declared', 'sidecar declared', 'process none', 'sidecar declared']);
    expect(await attempts(one)).toBe(1);
    expect(one.warnings).toEqual([]);
  });

  it('that does not hold ends a strict start', async () => {
    const one = await beside(NONE, { mode: 'mesh', strict: true, token: 'secret' });
    const error = await rejectionOf(one.meshwise.ready());
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toContain('daprd has loaded no Resiliency');
  });
});

describe('the process that retries beside a Resiliency', () => {
  it('is told what may double it', async () => {
    const one = await beside(SOME, { mode: 'auto' });
    await one.meshwise.ready();
    const { caveats } = one.client.plan('http://payments/a').concerns.retry;
    expect(caveats[0]).toBe('daprd has loaded some: where it retries this app, it multiplies these');
    expect(await attempts(one)).toBe(3);
  });
});
