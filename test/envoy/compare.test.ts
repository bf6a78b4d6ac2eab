import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ArmName } from '../../src/compare/arms/arm.ts';
import { ClientSidecar } from '../../src/compare/arms/sidecars/client-sidecar.ts';
import { mutualTls } from '../../src/compare/arms/sidecars/mutual-tls.ts';
import { ServerSidecar } from '../../src/compare/arms/sidecars/server-sidecar.ts';
import { type CellPlan, runCell } from '../../src/compare/cell.ts';
import { runExperiment } from '../../src/compare/experiment.ts';
import { reportHtml } from '../../src/compare/report/page.ts';
import type { Cell } from '../../src/compare/result/cell.ts';
import type { Scenario } from '../../src/compare/scenario/scenario.ts';
import { arm, cellPlan, fault, RANDOM, small } from '../sockets/compare/a-scenario.ts';
import { describeWithEnvoy } from './envoy-test.ts';

const PATIENT = 120_000;

describeWithEnvoy('a cell with a real Envoy', (envoy) => {
  function cellOf(name: ArmName, scenario: Scenario, given: Partial<CellPlan> = {}): Promise<Cell> {
    return runCell(cellPlan(name, scenario, { envoy, ...given }));
  }

  it.each<[ArmName, number]>([
    ['sidecar-noop', 60],
    ['sidecar', 60],
    ['two-sidecars', 60],
    ['auto', 60],
    ['mesh', 60],
  ])(
    '%s: the attempts that the faults demand, and one request per call',
    async (name, requests) => {
      const { attempts, sidecar, usage } = await cellOf(name, small(RANDOM));
      expect(attempts.total).toBe(attempts.demanded);
      expect(sidecar).toEqual({ requests, attempts: attempts.total });
      const processes = usage.map(({ process }) => process);
      expect(processes).toEqual(
        name === 'two-sidecars'
          ? ['client', 'sidecar', 'server-sidecar', 'upstream']
          : ['client', 'sidecar', 'upstream'],
      );
    },
    PATIENT,
  );

  it(
    'both: the product of the attempts, and more requests than calls',
    async () => {
      const { attempts, sidecar } = await cellOf('both', small(RANDOM));
      expect(attempts.total).toBe(attempts.demanded);
      expect(attempts.callsByAttempts.length).toBeGreaterThan(4);
      expect(sidecar?.attempts).toBe(attempts.total);
      expect(sidecar?.requests).toBeGreaterThan(60);
    },
    PATIENT,
  );

  it(
    'auto, where the scenario asks for traces: a span for each request to the sidecar, which retries',
    async () => {
      const { traces, attempts, sidecar } = await cellOf('auto', small({ ...RANDOM, questions: ['traces'] }));
      expect(traces).toEqual({ traces: 60, singleRooted: 60, orphans: 0, clientSpans: 60 });
      expect(sidecar?.requests).toBe(60);
      expect(attempts.total).toBeGreaterThan(60);
    },
    PATIENT,
  );

  it(
    'services in a row: one Envoy for all of them, and each retries',
    async () => {
      const nested = small({ tiers: 2, faults: [fault({ kind: 'status', status: 503 })] });
      const { attempts, sidecar } = await cellOf('sidecar', nested, { calls: 20 });
      expect(attempts.perCall).toBe(9);
      expect(sidecar).toEqual({ requests: 60, attempts: 180 });
    },
    PATIENT,
  );

  const BAD_HOST = small({
    policy: {
      upstream: 'payments',
      retry: { limit: 2, backoff: { base: 1, max: 2 }, budget: false },
      circuitBreaker: { failureRate: 0.5, minimumCalls: 5, window: '100ms', openFor: '30s', maxOpenFor: '30s' },
    },
    upstream: { hosts: 3, serviceTime: 1, concurrency: undefined, body: 10 },
    faults: [fault({ kind: 'status', status: 503 }, { host: 3 })],
  });

  it(
    'one bad host of three: it is ejected, that is told with its time, and callers see nothing of it',
    async () => {
      const { attempts, circuit, good, calls } = await cellOf('sidecar', BAD_HOST, { calls: 200 });
      expect(good).toBe(calls);
      expect(circuit).toEqual([{ at: expect.any(Number), state: 'open' }]);
      expect(circuit[0]?.at).toBeGreaterThan(0);
      expect(attempts.byHost[2]).toBeLessThan(Math.min(attempts.byHost[0] ?? 0, attempts.byHost[1] ?? 0));
    },
    PATIENT,
  );

  it(
    'with stock ejection it stays: of three hosts none may go',
    async () => {
      const { circuit } = await cellOf('sidecar', { ...BAD_HOST, stockEjection: true }, { calls: 200 });
      expect(circuit).toEqual([]);
    },
    PATIENT,
  );

  it(
    'a neighbour has a listener of its own, and is not counted',
    async () => {
      const { neighbour, sidecar } = await cellOf('sidecar', small({ neighbour: { rate: 100 } }));
      expect(neighbour).toMatchObject({ calls: 29, good: 29 });
      expect(sidecar).toEqual({ requests: 60, attempts: 60 });
    },
    PATIENT,
  );

  it(
    'with a policy of its own the sidecar executes that',
    async () => {
      const faults = [fault({ kind: 'status', status: 503 })];
      const sidecarPolicy = { ...small().policy, retry: { limit: 1, budget: false } } as const;
      const { attempts } = await cellOf('both', small({ faults, sidecarPolicy }), { calls: 20 });
      expect(attempts.perCall).toBe(6);
    },
    PATIENT,
  );
});

describeWithEnvoy("the server's sidecar", (envoy) => {
  let service: Server;
  let sidecar: ServerSidecar;
  let port: number;
  const tls = mutualTls();
  beforeAll(async () => {
    service = createServer((_, response) => response.end('served')).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const own = (service.address() as AddressInfo).port;
    sidecar = await ServerSidecar.start(envoy, [own], tls.downstream);
    port = sidecar.portBefore(own);
  });
  afterAll(async () => {
    await sidecar?.stop();
    service?.close();
  });

  it('lets nobody in without TLS', async () => {
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
  });

  it('lets nobody in without the certificate of the caller', async () => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    socket.on('secureConnect', () => socket.write('GET / HTTP/1.1\r\nhost: service\r\n\r\n'));
    // With TLS 1.3 the refusal comes after the client's side of the handshake is done.
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toMatch(/CERTIFICATE_REQUIRED|ECONNRESET/);
  });

  it("lets the caller's sidecar in", async () => {
    const hop = { policy: { upstream: 'service' }, ports: [port] };
    const plan = { binary: envoy, kind: 'forwarding', hops: [hop], stockEjection: false } as const;
    const client = await ClientSidecar.start({ ...plan, transportSocket: tls.upstream });
    try {
      const response = await fetch(`http://127.0.0.1:${client.portOf('service')}/`);
      expect(await response.text()).toBe('served');
    } finally {
      await client.stop();
    }
  });
});

describeWithEnvoy('the comparison, end to end', (binary) => {
  it(
    'ends every call as its arm should, and says so on the page',
    async () => {
      const hole = small({
        name: 'black-hole',
        family: 'black-hole',
        arms: ['bare', 'process', 'sidecar', 'both', 'auto', 'mesh'],
        policy: {
          upstream: 'payments',
          timeout: '400ms',
          retry: { limit: 2, perTryTimeout: '150ms', backoff: { base: 1, max: 4 }, budget: false },
          circuitBreaker: false,
        },
        faults: [fault({ kind: 'hang' })],
        grace: 900,
        questions: ['endings', 'attempts'],
      });
      const report = await runExperiment({
        scenarios: [hole],
        arms: hole.arms.map(arm),
        profile: 'short',
        seed: 1,
        envoy: { path: binary, version: 'as found' },
        workers: 1,
        version: '0.0.0',
        progress: () => {},
      });
      expect(report.leftOut).toEqual([]);
      expect(Object.fromEntries(report.cells.map((cell) => [cell.arm, cell.outcomes]))).toEqual({
        bare: { 'ended by the harness': 60 },
        process: { MESHWISE_TIMEOUT: 60 },
        sidecar: { '504': 60 },
        both: { MESHWISE_TIMEOUT: 60 },
        auto: { MESHWISE_TIMEOUT: 60 },
        mesh: { '504': 60 },
      });
      expect(reportHtml(report)).not.toMatch(/undefined|NaN/);
    },
    PATIENT,
  );
});

const COMMAND = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const DOUBLED = `
name: doubled
title: Doubled
shows: Two layers retry.
questions: [attempts]
arms: [both]
policy: { retry: { limit: 2, budget: false }, circuitBreaker: false }
faults: [{ kind: status, probability: 0.5 }]
load: { rate: 200, for: 500ms }
`;

describeWithEnvoy('the command', (binary) => {
  it(
    'is not warned of what the arm `both` does on purpose',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'meshwise-compare-'));
      try {
        const file = join(directory, 'doubled.yaml');
        await writeFile(file, DOUBLED);
        const { stdout, stderr } = await promisify(execFile)(
          process.execPath,
          [COMMAND, 'compare', '--scenario', file, '--output', join(directory, 'report')],
          { env: { ...process.env, ENVOY_BIN: binary } },
        );
        expect(stdout).toMatch(/^ {2}both +100 /m);
        expect(stderr).toMatch(/^1\/1 {2}doubled, both, round 1 {2}about \d+ s left\n$/);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
    PATIENT,
  );
});
