import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedNow } from '../../../src/compare/processes/shared-clock.ts';
import { Upstream } from '../../../src/compare/processes/upstream/upstream.ts';
import type { Fault, FaultConditions, FaultKind } from '../../../src/compare/scenario/fault.ts';
import type { UpstreamShape } from '../../../src/compare/scenario/scenario.ts';
import { rawRequest, waiting } from './raw-client.ts';

let upstream: Upstream | undefined;

afterEach(() => {
  upstream?.close();
  upstream = undefined;
});

interface Started {
  readonly ports: readonly number[];
  readonly port: number;
  readonly seen: () => ReturnType<Upstream['seen']>;
}

const SHAPE: UpstreamShape = { hosts: 1, serviceTime: 0, concurrency: undefined, body: 10 };

async function listen(
  faults: readonly Fault[],
  shape: Partial<UpstreamShape> = {},
): Promise<Started & { readonly begin: () => void }> {
  const listening = new Upstream({ shape: { ...SHAPE, ...shape }, faults, seed: 1 });
  upstream = listening;
  const ports = await listening.listen();
  const seen = () => listening.seen({ starts: new Float64Array(), timeout: false });
  return { ports, port: ports[0] ?? 0, seen, begin: () => listening.begin(sharedNow()) };
}

async function start(faults: readonly Fault[], shape: Partial<UpstreamShape> = {}): Promise<Started> {
  const { begin, ...started } = await listen(faults, shape);
  begin();
  return started;
}

function fault(kind: FaultKind, when: Partial<FaultConditions> = {}): Fault {
  return { ...kind, when: { from: 0, to: undefined, probability: 1, host: undefined, ...when } };
}

describe('an upstream without a fault', () => {
  it('answers with so many bytes, and counts what belongs to a call', async () => {
    const { port, seen } = await start([], { body: 2000 });
    const { text, end } = await rawRequest({ port, call: 7 });
    expect(end).toBe('kept');
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(text.split('\r\n\r\n')[1]).toBe('x'.repeat(2000));
    expect((await rawRequest({ port })).text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(seen()).toMatchObject({ total: 1, callsByAttempts: [0, 1] });
  });

  it('counts connections from the beginning on', async () => {
    const { port } = await start([]);
    await rawRequest({ port });
    await rawRequest({ port });
    expect(upstream?.connections).toBe(2);
    upstream?.begin(sharedNow());
    await rawRequest({ port });
    expect(upstream?.connections).toBe(1);
  });
});

describe('each fault is what it says', () => {
  it('status: with the header, without a body, on a connection that stays', async () => {
    const { port } = await start([fault({ kind: 'status', status: 503, retryAfter: 2 })]);
    const { text, end } = await rawRequest({ port, call: 0 });
    expect(text).toMatch(/^HTTP\/1.1 503 /);
    expect(text).toMatch(/\r\nretry-after: 2\r\n/i);
    expect(text).toMatch(/\r\ncontent-length: 0\r\n/i);
    expect(end).toBe('kept');
  });

  it('hang: the request is read, nothing comes, the connection stays', async () => {
    const { port, seen } = await start([fault({ kind: 'hang' })]);
    const socket = await waiting(port, 0);
    let came = 0;
    socket.on('data', () => {
      came += 1;
    });
    await expect.poll(() => seen().total).toBe(1);
    // Whoever comes later is answered meanwhile.
    await rawRequest({ port });
    expect(came).toBe(0);
    expect(socket.destroyed).toBe(false);
    socket.destroy();
  });

  it('delay: a good answer, so much later', async () => {
    const { port } = await start([fault({ kind: 'delay', ms: 150 })], { serviceTime: 50 });
    const began = performance.now();
    const { text } = await rawRequest({ port, call: 0 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(198);
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  });

  it('reset before headers: not a byte, then a reset; the body has been read', async () => {
    const { port } = await start([fault({ kind: 'reset-before-headers' })]);
    expect(await rawRequest({ port, call: 0 })).toEqual({ text: '', end: 'ECONNRESET' });
    const body = 'x'.repeat(300_000);
    expect(await rawRequest({ port, call: 1, method: 'POST', body })).toEqual({ text: '', end: 'ECONNRESET' });
  });

  it('reset after headers: headers of a longer body, then a reset', async () => {
    const { port } = await start([fault({ kind: 'reset-after-headers' })]);
    const { text, end } = await rawRequest({ port, call: 0 });
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    expect(text).toMatch(/\r\ncontent-length: 10\r\n/i);
    expect(text.split('\r\n\r\n')[1]).toBe('');
    expect(end).toBe('ECONNRESET');
  });

  it('half a body: then the connection closes in order', async () => {
    const { port } = await start([fault({ kind: 'half-body' })]);
    const { text, end } = await rawRequest({ port, call: 0 });
    expect(text).toMatch(/\r\ncontent-length: 10\r\n/i);
    expect(text.split('\r\n\r\n')[1]).toBe('xxxxx');
    expect(end).toBe('closed');
  });

  it.each(['reset-after-headers', 'half-body'] as const)('%s: also of an empty body', async (kind) => {
    const { port } = await start([fault({ kind })], { body: 0 });
    const { text, end } = await rawRequest({ port, call: 0 });
    expect(text).toMatch(/\r\ncontent-length: [12]\r\n/i);
    expect(end).toBe(kind === 'half-body' ? 'closed' : 'ECONNRESET');
  });

  it('refuse: what is open is reset, what is new is refused', async () => {
    const { port, begin } = await listen([fault({ kind: 'refuse' })]);
    const open = connect(port, '127.0.0.1');
    await once(open, 'connect');
    begin();
    const [error] = (await once(open, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNRESET');
    expect((await rawRequest({ port })).end).toBe('ECONNREFUSED');
  });

  it('refuse: it comes back on the same port', async () => {
    const { port, begin } = await listen([fault({ kind: 'refuse' }, { to: 100 })]);
    const open = connect(port, '127.0.0.1');
    await once(open, 'connect');
    begin();
    await once(open, 'error');
    await expect.poll(async () => (await rawRequest({ port })).end, { timeout: 10_000 }).toBe('kept');
  });

  it('only on the host that it is for', async () => {
    const { ports, seen } = await start([fault({ kind: 'status', status: 500 }, { host: 2 })], { hosts: 3 });
    expect(new Set(ports).size).toBe(3);
    const statuses = [];
    for (const port of ports) statuses.push((await rawRequest({ port, call: 0 })).text.slice(9, 12));
    expect(statuses).toEqual(['200', '500', '200']);
    expect(seen()).toMatchObject({ byHost: [1, 1, 1], callsByAttempts: [0, 0, 0, 1] });
  });

  it('only one host is away, where a refusal is for one', async () => {
    const { ports } = await start([fault({ kind: 'refuse' }, { host: 1 })], { hosts: 2 });
    await expect.poll(async () => (await rawRequest({ port: ports[0] ?? 0 })).end).toBe('ECONNREFUSED');
    expect((await rawRequest({ port: ports[1] ?? 0 })).end).toBe('kept');
  });
});

describe('capacity', () => {
  it('serves so many at once and the others in order of arrival, though a caller is gone', async () => {
    const { port, seen } = await start([], { serviceTime: 200, concurrency: 1 });
    const began = performance.now();
    const gone = await waiting(port, 0);
    await expect.poll(() => seen().total).toBe(1);
    gone.destroy();
    const order: number[] = [];
    const second = rawRequest({ port, call: 1 }).then(() => order.push(1));
    await expect.poll(() => seen().total).toBe(2);
    const third = rawRequest({ port, call: 2 }).then(() => order.push(2));
    await Promise.all([second, third]);
    expect(order).toEqual([1, 2]);
    // The work for the first one was done before theirs.
    expect(performance.now() - began).toBeGreaterThanOrEqual(598);
  });

  it('takes longer while there is less of it', async () => {
    const { port } = await start([fault({ kind: 'capacity', factor: 0.25 })], { serviceTime: 50, concurrency: 1 });
    const began = performance.now();
    await rawRequest({ port, call: 0 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(198);
  });

  it('is that of each host by itself', async () => {
    const { ports, seen } = await start([], { hosts: 2, serviceTime: 60_000, concurrency: 1 });
    const sockets = await Promise.all(ports.map((port, call) => waiting(port, call)));
    await expect.poll(() => seen().byHost).toEqual([1, 1]);
    for (const socket of sockets) socket.destroy();
  });
});

describe('what the upstream was asked not to get', () => {
  it('early: before the time that Retry-After told', async () => {
    const { port, seen } = await start([fault({ kind: 'status', status: 429, retryAfter: 30 })]);
    await rawRequest({ port, call: 0 });
    await rawRequest({ port, call: 1 });
    expect(seen().early).toBe(0);
    await rawRequest({ port, call: 0 });
    expect(seen().early).toBe(1);
  });

  it('after the deadline: counted from when each call was made', async () => {
    const { port } = await start([]);
    for (const call of [0, 1]) await rawRequest({ port, call });
    const afterDeadline = (starts: number[]) =>
      upstream?.seen({ starts: new Float64Array(starts), timeout: 1000 }).afterDeadline;
    expect(afterDeadline([0, 0])).toBe(0);
    expect(afterDeadline([-100_000, 0])).toBe(1);
  });
});
