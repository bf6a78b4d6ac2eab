import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdminEvidence } from '../../../src/ownership/admin-evidence.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { dumpOf } from '../meshes/admin/a-sidecar.ts';
import { type FakeAdmin, SERVER_INFO, startServer } from '../meshes/admin/fake-admin.ts';
import { aPolicy } from './a-policy.ts';

const PAYMENTS = new URL('http://payments:8080');
const OTHER = new URL('http://payments:8081');
const policy = aPolicy();

/** An admin whose routes have this timeout; `undefined`: it fails. */
function anAdmin(timeout: () => string | undefined): Promise<FakeAdmin> {
  return startServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://admin');
    const now = timeout();
    if (now === undefined) return void response.writeHead(500).end();
    const { listeners } = dumpOf({
      routes: [{ match: { prefix: '/' }, route: { cluster: 'payments', timeout: now } }],
    });
    const json =
      pathname === '/server_info' ? SERVER_INFO : searchParams.get('resource') === 'dynamic_listeners' ? listeners : {};
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
  });
}

describe('what the admin of the own sidecar shows', () => {
  let clock: VirtualClock;
  let timeout: string | undefined;
  let admin: FakeAdmin;
  let changes: number;
  let evidence: AdminEvidence;

  beforeEach(async () => {
    clock = new VirtualClock();
    timeout = '2s';
    admin = await anAdmin(() => timeout);
    changes = 0;
    evidence = new AdminEvidence({
      admin: admin.address,
      clock,
      random: () => 0,
      maxDelay: 0,
      onChange: () => changes++,
    });
  });
  afterEach(async () => {
    evidence.stop();
    await admin.stop();
  });

  const timeoutAt = (url = PAYMENTS) => evidence.coverage({ policy, url, asks: false })?.concerns.timeout.covered;

  /** Lets time pass and the reading end that it brings about. */
  async function later(ms: number): Promise<void> {
    await clock.advance(ms);
    await evidence.settled();
  }

  it('is not known at once, and then told', async () => {
    expect(timeoutAt()).toBeUndefined();
    await evidence.settled();
    expect([timeoutAt(), changes]).toEqual(['all', 1]);
    expect(clock.referenced).toBe(0);
  });

  it('is read again after ten minutes, not before', async () => {
    timeoutAt();
    await evidence.settled();
    timeout = '0s';
    const { length } = admin.requests;
    await later(599_000);
    expect([timeoutAt(), admin.requests.length]).toEqual(['all', length]);
    await later(31_000);
    expect([timeoutAt(), changes]).toEqual(['none', 2]);
  });

  it('of an origin that is new then waits for the next reading', async () => {
    timeoutAt();
    await evidence.settled();
    expect(timeoutAt(OTHER)).toBeUndefined();
    await evidence.settled();
    expect(timeoutAt(OTHER)).toBeUndefined();
    await later(630_000);
    expect([timeoutAt(OTHER), timeoutAt()]).toEqual(['none', 'all']);
  });

  it('makes one reading of several questions', async () => {
    timeoutAt();
    timeoutAt(OTHER);
    await evidence.settled();
    expect([timeoutAt(), timeoutAt(OTHER)]).toEqual(['all', 'none']);
    expect(admin.requests.filter((path) => path === '/server_info')).toHaveLength(1);
  });

  it('stays known while the admin fails', async () => {
    timeoutAt();
    await evidence.settled();
    timeout = undefined;
    await later(630_000);
    expect([timeoutAt(), changes]).toEqual(['all', 1]);
  });

  it('is looked for again when the admin has failed at first', async () => {
    timeout = undefined;
    timeoutAt();
    await evidence.settled();
    timeout = '2s';
    await later(630_000);
    expect(timeoutAt()).toBe('all');
  });

  it('ends with its stop: no timer, no request', async () => {
    timeoutAt();
    evidence.stop();
    await evidence.settled();
    expect([timeoutAt(), changes, clock.timers]).toEqual([undefined, 0, 0]);
    expect(admin.requests).toEqual([]);
  });
});
