import { describe, expect, it } from 'vitest';
import { fetchClient } from '../../../src/clients/fetch-client.ts';
import { Instance } from '../../../src/clients/instance.ts';
import { recognition } from '../../../src/meshes/mesh.ts';
import { readEnvironment } from '../../../src/ownership/environment.ts';
import type { FoundMesh, Seen } from '../../../src/ownership/looking/seen.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';
import { scriptedFetch } from '../../../src/testing/scripted-fetch.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const SIDECAR: FoundMesh = {
  ...recognition({ kind: 'sidecar', ours: true, evidence: ['listening on 15001, 15006'] }),
  mesh: 'istio',
  admin: undefined,
  declared: false,
};
const SEEN: Seen = { found: [SIDECAR], noAdmin: undefined };

/** What looks is counted; it answers when it is told to. */
function anInstance(mode: Mode, env: NodeJS.ProcessEnv = {}) {
  const clock = new VirtualClock();
  const looks: PromiseWithResolvers<Seen>[] = [];
  const instance = new Instance({
    mode,
    caller: '',
    environment: readEnvironment(env),
    env: {},
    clock,
    look: () => {
      const look = Promise.withResolvers<Seen>();
      looks.push(look);
      return look.promise;
    },
  });
  const policy = parsePolicy({ upstream: 'payments', tracing: 'off' });
  const client = fetchClient(instance, scriptedFetch([200], { clock }), { policy, exported: policy });
  const warnings: string[] = [];
  instance.events.on('warning', ({ code }) => warnings.push(code));
  const call = async () => void (await (await client('http://payments:8080/')).text());
  return { clock, looks, instance, client, warnings, call };
}

describe('who looks for a mesh', () => {
  it.each<[Mode, NodeJS.ProcessEnv, number]>([
    ['process', {}, 0],
    ['off', {}, 0],
    ['observe', {}, 1],
    ['auto', {}, 1],
    ['mesh', {}, 1],
    ['auto', { MESHWISE_MESH: 'none' }, 0],
    ['mesh', { MESHWISE_MESH: 'istio' }, 1],
  ])('mode %s, %j: %i looks after the first calls, which do not wait for them', async (mode, env, times) => {
    const { looks, instance, call } = anInstance(mode, env);
    instance.look();
    await call();
    await call();
    expect(looks).toHaveLength(times);
    await instance.close(0);
  });

  it.each(['process', 'off'] as const)('nobody any more, once the mode is %s', async (mode) => {
    const { clock, looks, instance, call } = anInstance('auto');
    await call();
    looks[0]?.resolve(SEEN);
    await clock.advance(1);
    expect(instance.seen).toBe(SEEN);
    instance.mode = mode;
    await call();
    await clock.advance(60_000);
    expect(looks).toHaveLength(1);
    expect(instance.seen.found).toEqual([]);
    expect(clock.timers).toBe(0);
  });

  it('nobody any more after close()', async () => {
    const { clock, looks, instance, call } = anInstance('auto');
    await call();
    await instance.close(0);
    instance.look();
    looks[0]?.resolve(SEEN);
    await clock.advance(60_000);
    expect([looks.length, clock.timers, instance.seen.found]).toEqual([1, 0, []]);
  });

  it('a sidecar that is found is a sign of it in mode mesh, from the next call on', async () => {
    const { clock, looks, client, warnings, call } = anInstance('mesh');
    await call();
    expect(client.plan('http://payments:8080/').concerns.retry.owner).toBe('process');
    looks[0]?.resolve(SEEN);
    await clock.advance(1);
    expect(client.plan('http://payments:8080/').concerns.retry).toMatchObject({
      owner: 'sidecar',
      evidence: 'declared',
    });
    expect(warnings).toEqual([]);
  });

  it('mode mesh says that there is no sidecar when somebody has looked, and not before, also when it is switched on again', async () => {
    const { clock, looks, instance, warnings, call } = anInstance('mesh');
    await call();
    await clock.advance(1);
    expect(warnings).toEqual([]);
    looks[0]?.resolve(SEEN);
    await clock.advance(1);
    instance.mode = 'process';
    instance.mode = 'mesh';
    await call();
    await clock.advance(1);
    expect(warnings).toEqual([]);
    looks[1]?.resolve({ found: [], noAdmin: undefined });
    await clock.advance(1);
    expect(warnings).toEqual(['MESHWISE_NO_SIDECAR']);
    await instance.close(0);
  });

  it('a look that fails is told, and the calls go on', async () => {
    const { clock, looks, instance, warnings, call } = anInstance('auto');
    await call();
    looks[0]?.reject(new Error('uv_interface_addresses'));
    await clock.advance(1);
    await call();
    expect(warnings).toEqual(['MESHWISE_LOOKING_FAILED']);
    await instance.close(0);
  });
});
