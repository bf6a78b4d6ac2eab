import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdminReader, type AdminReaderOptions } from '../../../../src/meshes/envoy/admin/admin-reader.ts';
import { lockFile, lockReader } from '../../../../src/meshes/envoy/admin/reader-lock.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { dumpOf } from './a-sidecar.ts';
import { type FakeAdmin, startFakeAdmin } from './fake-admin.ts';

const route = { name: 'rule', match: { prefix: '/' }, route: { cluster: 'payments', timeout: '1s' } };
const PAYMENTS = new URL('http://payments:8080/charges');
const ORDERS = new URL('http://orders:8080');

describe('a reader', () => {
  let admin: FakeAdmin;
  let directory: string;
  beforeEach(async () => {
    const { listeners, routeConfigs, clusters } = dumpOf({ routes: [route], rds: true });
    admin = await startFakeAdmin({
      dynamic_listeners: listeners,
      dynamic_route_configs: routeConfigs,
      dynamic_active_clusters: clusters,
      hosts: { payments: 3, orders: 5 },
    });
    directory = await mkdtemp(join(tmpdir(), 'meshwise-lock-'));
  });
  afterEach(async () => {
    await admin.stop();
    await rm(directory, { recursive: true });
  });
  const readerOf = (options: Partial<AdminReaderOptions> = {}) =>
    new AdminReader({ address: admin.address, maxDelay: 0, lockDirectory: directory, ...options });

  it('asks for the parts that concern the origin, each by name', async () => {
    const evidence = await readerOf().read([PAYMENTS]);
    expect(admin.requests).toEqual([
      '/server_info',
      '/listeners?format=json',
      '/config_dump?resource=static_listeners',
      '/config_dump?resource=dynamic_listeners',
      '/config_dump?resource=dynamic_route_configs&name_regex=8080',
      '/config_dump?resource=static_clusters&name_regex=payments',
      '/config_dump?resource=dynamic_active_clusters&name_regex=payments',
      '/clusters?format=json&filter=%5E(payments)%24',
    ]);
    expect(evidence).toMatchObject({ server: { version: '1.40.0' } });
    if (evidence.noEvidence !== undefined) throw new Error(evidence.noEvidence);
    expect(evidence.facts.clusters.get('payments')?.hosts).toBe(3);
    expect(evidence.facts.routeConfigs.get('8080')?.virtualHosts).toHaveLength(1);
    expect(Object.isFrozen(evidence)).toBe(true);
    expect(await readdir(directory)).toEqual([]);
  });

  it('asks for nothing more where no listener takes the port', async () => {
    const evidence = await readerOf().read([new URL('http://payments:9')]);
    expect(evidence).toMatchObject({ facts: { listeners: [] } });
    expect(admin.requests).toHaveLength(4);
  });

  it('reads once in ten minutes, an origin that is new with the next reading', async () => {
    const clock = new VirtualClock();
    const reader = readerOf({ clock });
    const first = await reader.read([PAYMENTS]);
    const requests = admin.requests.length;
    expect(await reader.read([PAYMENTS])).toBe(first);
    expect(await reader.read([ORDERS])).toEqual({ noEvidence: 'it was read before this origin was known' });
    await clock.advance(599_999);
    expect(await reader.read([PAYMENTS])).toBe(first);
    expect(admin.requests).toHaveLength(requests);
    await clock.advance(1);
    const [second, same] = await Promise.all([reader.read([PAYMENTS]), reader.read([ORDERS])]);
    expect(second).not.toBe(first);
    expect(same).toBe(second);
    expect(admin.requests).toHaveLength(2 * requests);
  });

  it('keeps to its ten minutes after a failure, too, and tells of it once', async () => {
    const clock = new VirtualClock();
    const reasons: string[] = [];
    const reader = readerOf({ clock, onNoEvidence: (reason) => reasons.push(reason), limits: { maxBytes: 10 } });
    for (let n = 0; n < 3; n++) await reader.read([PAYMENTS]);
    expect(admin.requests).toHaveLength(1);
    await clock.advance(600_000);
    await reader.read([PAYMENTS]);
    expect(admin.requests).toHaveLength(2);
    expect(reasons).toEqual(['an answer of more than 10 bytes']);
  });

  it('waits for a random part of the delay, without keeping the process alive', async () => {
    const clock = new VirtualClock();
    const reader = readerOf({ clock, random: () => 0.25, maxDelay: 8_000 });
    const reading = reader.read([PAYMENTS]);
    await clock.advance(1_999);
    expect(admin.requests).toEqual([]);
    expect([clock.timers, clock.referenced]).toEqual([1, 0]);
    await clock.advance(1);
    expect(await reading).toHaveProperty('facts');
  });

  it('reads nothing once it is closed', async () => {
    const clock = new VirtualClock();
    const reader = readerOf({ clock, maxDelay: 8_000 });
    const reading = reader.read([PAYMENTS]);
    reader.close();
    expect(await reading).toEqual({ noEvidence: 'the reader is closed' });
    expect(await reader.read([PAYMENTS])).toEqual({ noEvidence: 'the reader is closed' });
    expect([clock.timers, admin.requests]).toEqual([0, []]);
  });

  it('leaves the admin to another reader, and asks again when that is done', async () => {
    const release = await lockReader(admin.address, { directory });
    const reader = readerOf();
    expect(await reader.read([PAYMENTS])).toEqual({ noEvidence: 'another process of this host is reading it' });
    expect(admin.requests).toEqual([]);
    await release?.();
    expect(await reader.read([PAYMENTS])).toHaveProperty('facts');
  });
});

describe('the lock of the one reader', () => {
  let directory: string;
  const address = { host: '127.0.0.1', port: 15_000, shown: 'http://127.0.0.1:15000' };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'meshwise-lock-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is held by one, and given back', async () => {
    const release = await lockReader(address, { directory });
    expect(release).toBeDefined();
    expect(await lockReader(address, { directory })).toBeUndefined();
    expect(await lockReader({ ...address, shown: 'another' }, { directory })).toBeDefined();
    await release?.();
    expect(await lockReader(address, { directory })).toBeDefined();
  });

  it('is taken over ten seconds after somebody left it behind', async () => {
    const file = lockFile(address, directory);
    await writeFile(file, '');
    const left = 1_700_000_000;
    await utimes(file, left, left);
    expect(await lockReader(address, { directory, wallTime: () => left * 1_000 + 10_000 })).toBeUndefined();
    expect(await lockReader(address, { directory, wallTime: () => left * 1_000 + 10_001 })).toBeDefined();
  });

  it('is done without where no file can be made', async () => {
    expect(await lockReader(address, { directory: join(directory, 'missing') })).toBeDefined();
  });
});
