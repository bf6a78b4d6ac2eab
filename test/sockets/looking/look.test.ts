import { describe, expect, it } from 'vitest';
import { adminAddress } from '../../../src/meshes/envoy/admin/admin-address.ts';
import { ask } from '../../../src/ownership/looking/fingerprint.ts';
import { type HostView, look } from '../../../src/ownership/looking/look.ts';
import { ownSidecar } from '../../../src/ownership/looking/seen.ts';
import { closedPort } from '../../envoy/scripted-upstream.ts';
import { POD, serverInfo } from '../../unit/meshes/signs-of.ts';
import { type Program, startProgram } from './a-program.ts';

const OWN = 'sidecar~10.0.0.7~app-1.shop~shop.svc.cluster.local';

/** A pod in which the usual ports are those of real programs. */
function aPod(programs: Readonly<Record<number, Program>>, more: readonly number[] = []): Partial<HostView> {
  return {
    listeningPorts: async () => new Set([...Object.keys(programs).map(Number), ...more]),
    serviceConnectNames: async () => [],
    host: () => POD,
    ask: async ({ port, path }, signal) => {
      const program = programs[port];
      return program && ask({ port: program.port, path }, signal);
    },
  };
}

const saying = (text: string, headers: Record<string, string> = {}, status = 200) =>
  startProgram((_request, response) => void response.writeHead(status, headers).end(text));

function admin(port: number) {
  const address = adminAddress(`127.0.0.1:${port}`);
  if ('noEvidence' in address) throw new Error(address.noEvidence);
  return address;
}

describe('looking once', () => {
  it('finds an Istio, its Envoy and its admin', async () => {
    await using envoy = await saying(serverInfo(OWN).body ?? '', { server: 'envoy' });
    const seen = await look({ env: {}, hostView: aPod({ 15000: envoy }, [15_001, 15_006]) });
    expect(seen.found.map(({ mesh, kind, ours, version }) => [mesh, kind, ours, version])).toEqual([
      ['istio', 'sidecar', true, '1.40.0'],
    ]);
    expect(ownSidecar(seen)?.admin?.shown).toBe('http://127.0.0.1:15000');
    expect(ownSidecar(seen)?.evidence).toEqual([
      'listening on 15001, 15006',
      `127.0.0.1:15000 is the admin of Envoy 1.40.0, node ${OWN}`,
    ]);
    expect(Object.isFrozen(seen) && Object.isFrozen(seen.found)).toBe(true);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ['a web server', '<html>', { server: 'nginx' }, 200],
    ['one that says LIVE to everything', 'LIVE\n', { server: 'envoy' }, 200],
    ['one that redirects to a mesh', '', { location: 'http://127.0.0.1:15000/server_info' }, 302],
    ['one that answers JSON', '{"version":"1.0.0","state":"LIVE"}', { server: 'envoy' }, 200],
    ['one that fails', 'no', {}, 500],
  ])('takes no impostor for a mesh: %s on every port', async (_what, text, headers, status) => {
    await using impostor = await saying(text, headers, status);
    const ports = [3500, 4191, 9901, 9902, 15_000, 15_021, 19_000];
    const pod = aPod(Object.fromEntries(ports.map((port) => [port, impostor])));
    const seen = await look({ env: {}, hostView: pod });
    expect(seen.found.map(({ mesh, kind }) => `${mesh} ${kind}`)).toEqual(
      ['istio', 'linkerd', 'dapr', 'kuma', 'consul', 'envoy'].map((mesh) => `${mesh} stranger`),
    );
    expect(ownSidecar(seen)).toBeUndefined();
    expect(new Set(impostor.requests.map(({ method }) => method))).toEqual(new Set(['GET']));
  });

  it('asks nobody where nothing hints at a mesh', async () => {
    await using program = await saying('');
    const seen = await look({ env: { MESHWISE_MODE: 'auto' }, hostView: aPod({ 8080: program }) });
    expect([seen.found, program.requests]).toEqual([[], []]);
  });

  it('looks on this very machine without a failure', async () => {
    expect(await look({ env: {} })).toHaveProperty('found');
  });

  it("takes the operator's word for whose an admin is, and tells what speaks against it", async () => {
    const headers = { server: 'envoy', 'content-type': 'application/json' };
    await using envoy = await saying(serverInfo(OWN.replace('app-1', 'app-2')).body ?? '', headers);
    const seen = await look({ env: {}, envoyAdmin: admin(envoy.port), hostView: aPod({}) });
    expect(ownSidecar(seen)).toMatchObject({ mesh: 'istio', declared: true, ours: true });
    expect(ownSidecar(seen)?.evidence[1]).toBe("the node's id names another host");
    const named = await look({ env: {}, mesh: 'kuma', envoyAdmin: admin(envoy.port), hostView: aPod({}) });
    expect(ownSidecar(named)?.mesh).toBe('kuma');
  });

  it('says why a named admin shows nothing', async () => {
    await using program = await saying('<html>');
    const noJson = await look({ env: {}, envoyAdmin: admin(program.port), hostView: aPod({}) });
    expect(noJson).toEqual({ found: [], noAdmin: 'the answer is no JSON' });
    const nobody = await look({ env: {}, envoyAdmin: admin(await closedPort()), hostView: aPod({}) });
    expect(nobody.noAdmin).toBe('the answer could not be read (ECONNREFUSED)');
  });

  it('gives up at once when it is told to', async () => {
    const giveUp = new AbortController();
    await using envoy = await startProgram(() => giveUp.abort());
    const seen = await look({ env: {}, signal: giveUp.signal, hostView: aPod({ 15000: envoy }) });
    expect(seen.found.map(({ kind }) => kind)).toEqual(['stranger']);
  });
});
