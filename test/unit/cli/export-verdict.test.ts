import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportCommand } from '../../../src/cli/export.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshwise-test-'));
  await writeFile(join(directory, 'meshwise.yaml'), "upstreams: { payments: { match: ['http://payments:8080'] } }");
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const OPERATORS = '%UPSTREAM_REQUEST_ATTEMPT_COUNT% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%';
/** Of the rule for the methods of the policy, of the one for the others, and of the one that keeps its hands off. */
const MARKS = ['payments/sidecar/HASH', 'payments/sidecar/HASH', 'payments/process/HASH'];
const VERDICTS = MARKS.map((mark) => `${mark} ${OPERATORS}`);

async function exported(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const env = { MESHWISE_CONFIG: join(directory, 'meshwise.yaml') };
  const code = await exportCommand([...args, '--format', 'json'], { stdout, stderr, env });
  // `a/sidecar/1f3a9c2e …` without its hash, which other tests know.
  const written = String(stdout.read() ?? '');
  const text = written.replaceAll(/(payments\/\w+\/)[0-9a-f]{8}/g, '$1HASH');
  return { code, text, written, json: code === 0 ? JSON.parse(text) : undefined, said: String(stderr.read() ?? '') };
}

describe('export envoy --verdict', () => {
  async function headersIn(...args: string[]) {
    const text = JSON.stringify((await exported('envoy', ...args)).json);
    const set = /"key":"x-meshwise-verdict","value":"([^"]+)"\},"append_action":"OVERWRITE_IF_EXISTS_OR_ADD"/g;
    const removed = text.match(/"response_headers_to_remove":\[[^\]]*"x-meshwise-verdict"\]/g) ?? [];
    return { set: [...text.matchAll(set)].map(([, value]) => value), removed: removed.length };
  }

  it('lets the marked rules, and no other, say what became of the attempts', async () => {
    expect(await headersIn('--verdict')).toEqual({ set: VERDICTS, removed: 1 });
    expect((await headersIn('--verdict', '--for-everyone')).set).toEqual(VERDICTS);
  });

  it("without it every rule removes what the upstream says, the operator's included", async () => {
    expect(await headersIn()).toEqual({ set: [], removed: 4 });
  });
});

describe('export istio --verdict', () => {
  const responsesIn = async (...args: string[]) => {
    const { json, said } = await exported('istio', ...args);
    const rules: { headers: { response: object } }[] = json.spec.http;
    return { responses: rules.map(({ headers }) => headers.response), said };
  };
  const EVERYONE_ELSE = { remove: ['x-meshwise-owner', 'x-meshwise-verdict'] };

  it('lets the marked rules say what became of the attempts, and tells which Istio it takes', async () => {
    const { responses, said } = await responsesIn('--verdict');
    expect(responses).toEqual([
      ...MARKS.map((mark, index) => ({
        set: { 'x-meshwise-owner': mark, 'x-meshwise-verdict': VERDICTS[index] },
      })),
      EVERYONE_ELSE,
    ]);
    expect(said).toContain('every sidecar that gets these rules must be of Istio 1.16 or later');
  });

  it('without it every rule removes what the upstream says, and none has an operator', async () => {
    const { responses, said } = await responsesIn();
    expect(responses).toEqual([
      ...MARKS.map((mark) => ({ set: { 'x-meshwise-owner': mark }, remove: ['x-meshwise-verdict'] })),
      EVERYONE_ELSE,
    ]);
    expect(JSON.stringify(responses)).not.toContain('%');
    expect(said).not.toContain('Istio 1.16');
  });

  it('is what --check compares with, and what --merge makes of an export without it', async () => {
    const file = join(directory, 'there.json');
    const [plain, told] = [await exported('istio'), await exported('istio', '--verdict')];
    await writeFile(file, plain.written);
    expect((await exported('istio', '--merge', file, '--verdict')).json).toEqual(told.json);
    const { code, text } = await exported('istio', '--check', file, '--verdict');
    expect(code).toBe(1);
    expect(text).toContain('response.set.x-meshwise-verdict: not there');
    expect((await exported('istio', '--merge', file)).written).toBe(plain.written);
  });
});

it.each(['gateway-api', 'consul'])(
  'is refused for %s, which promises nothing of operators in headers',
  async (target) => {
    const { code, said } = await exported(target, '--verdict');
    expect(code).toBe(2);
    expect(said).toContain('--verdict: is for the targets envoy, istio');
  },
);
