// checkout → its Envoy sidecar → payments, with whatever MESHWISE_MODE says: MESHWISE_MODE=auto npm run example
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { findEnvoy } from '../../src/compare/envoy/envoy-binary.ts';
import { startEnvoy } from '../../src/compare/envoy/envoy-process.ts';
import { envoyBootstrap } from '../../src/meshes/envoy/bootstrap.ts';
import { parseConfig } from '../../src/policy/config.ts';
import { readConfigFile } from '../../src/policy/policy-file.ts';

const ORDERS = 3;

const mode = process.env['MESHWISE_MODE'] ?? 'process';
const file = new URL('meshwise.yaml', import.meta.url).pathname;

async function start(script: string, env: NodeJS.ProcessEnv = {}): Promise<{ child: ChildProcess; url: string }> {
  const child = fork(new URL(script, import.meta.url), { env: { ...process.env, ...env } });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, url: `http://127.0.0.1:${port}` };
}

const payments = await start('payments.ts');

// The sidecar: the rules for callers that name an owner; in mode mesh, where nobody does, the policy for everyone.
const binary = await findEnvoy({ progress: console.log });
if ('missing' in binary) throw new Error(binary.missing);
const { caller, upstreams } = parseConfig(readConfigFile(file), file);
const envoy = await startEnvoy(
  binary.path,
  envoyBootstrap({
    caller,
    forEveryone: mode === 'mesh',
    upstreams: upstreams.map(({ policy }) => ({
      policy,
      listen: { port: 0 },
      endpoints: [{ host: '127.0.0.1', port: Number(new URL(payments.url).port) }],
    })),
  }),
);

const checkout = await start('checkout.ts', {
  PAYMENTS_URL: `http://127.0.0.1:${envoy.listeners.get('payments')}`,
  ...(mode === 'mesh' ? { MESHWISE_MESH: 'envoy' } : {}),
});

console.log(`MESHWISE_MODE=${mode}\n`);
for (let order = 1; order <= ORDERS; order++) {
  const response = await fetch(`${checkout.url}/orders/${order}`);
  const seen = (await (await fetch(`${payments.url}/attempts`)).json()) as Record<string, number>;
  const sent = (await (await fetch(`${checkout.url}/sent`)).json()) as Record<string, number>;
  const charge = `/charges/${order}`;
  // In mode off nothing is told: the call passes straight through, once.
  const attempts = `checkout sent ${sent[charge] ?? 1}, payments saw ${seen[charge]}`;
  console.log(`order ${order}: ${response.status} ${await response.text()}; ${attempts}`);
}
console.log(`\n${await (await fetch(`${checkout.url}/plan`)).text()}`);

checkout.child.disconnect();
payments.child.disconnect();
await envoy.stop();
