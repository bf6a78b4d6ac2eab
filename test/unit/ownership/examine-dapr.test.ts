import { expect, it } from 'vitest';
import type { Answer, Question } from '../../../src/meshes/signs.ts';
import { examine } from '../../../src/ownership/diagnosis/examine.ts';
import { readEnvironment } from '../../../src/ownership/environment.ts';
import type { AskOptions } from '../../../src/ownership/looking/fingerprint.ts';
import { CONCERNS } from '../../../src/policy/conditions.ts';
import type { Mode } from '../../../src/policy/mode.ts';
import { parsePolicy } from '../../../src/policy/parse-policy.ts';

const ENV = { MESHWISE_MESH: 'dapr', DAPR_HTTP_PORT: '3501', DAPR_API_TOKEN: 'secret' };

interface Asked {
  readonly question: Question;
  readonly options: AskOptions | undefined;
}

/** What doctor finds out of an app beside this daprd, and what it asked for that. */
async function examined(resiliencies: readonly string[], mode: Mode, looks = true) {
  const asked: Asked[] = [];
  const metadata = {
    id: 'checkout',
    runtimeVersion: '1.18.3',
    resiliencies: resiliencies.map((name) => ({ name })),
  };
  const ask = async (question: Question, _signal: AbortSignal, options?: AskOptions): Promise<Answer | undefined> => {
    asked.push({ question, options });
    return { status: 200, server: '', poweredBy: '', body: JSON.stringify(metadata) };
  };
  const { targets } = await examine({
    targets: [{ policy: parsePolicy({ upstream: 'payments' }), url: new URL('http://payments:8080') }],
    mode,
    environment: readEnvironment(ENV),
    env: ENV,
    caller: '',
    // A name of an app, and none of a host: to ask it would fail.
    probe: { method: 'HEAD' },
    looks,
    hostView: {
      listeningPorts: async () => new Set(),
      serviceConnectNames: async () => [],
      host: () => ({ name: 'app-1', addresses: [] }),
      ask,
    },
  });
  const [target] = targets;
  if (target === undefined) throw new Error('nothing was examined');
  return { owners: CONCERNS.map((concern) => target.plan.concerns[concern].owner), target, asked };
}

it("doctor takes what daprd tells of itself, with the app's token, as a running client does", async () => {
  const without = await examined([], 'mesh');
  expect(without.owners).toEqual(['process', 'process', 'process', 'off', 'sidecar']);
  expect(without.target.plan.concerns.retry).toMatchObject({ evidence: 'metadata' });
  expect(without.asked).toContainEqual({
    question: { port: 3501, path: '/v1.0/metadata' },
    options: { headers: { 'dapr-api-token': 'secret' } },
  });
  expect((await examined(['payments'], 'mesh')).owners).toEqual(['process', 'sidecar', 'sidecar', 'off', 'sidecar']);
});

it('doctor sends no request to the name of an app, whose calls go through Dapr', async () => {
  const { target } = await examined([], 'auto');
  expect(target.probe).toEqual({ kind: 'skipped', why: expect.stringContaining('through Dapr') });
});

it('doctor asks nobody where it must not look', async () => {
  expect((await examined([], 'mesh', false)).asked).toEqual([]);
});
