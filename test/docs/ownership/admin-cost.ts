/** What reading an Envoy admin costs, for docs/meshes/envoy.md: `node test/docs/ownership/admin-cost.ts`. */
import { findEnvoy } from '../../../src/compare/envoy/envoy-binary.ts';
import { startEnvoy } from '../../../src/compare/envoy/envoy-process.ts';
import { adminAddress } from '../../../src/meshes/envoy/admin/admin-address.ts';
import { AdminReader } from '../../../src/meshes/envoy/admin/admin-reader.ts';
import { istioLikeBootstrap } from '../../envoy/istio-like-bootstrap.ts';
import { markdownTable } from './markdown-table.ts';

const RUNS = 9;

const envoy = await findEnvoy({ progress: (line) => console.error(line) });
if ('missing' in envoy) throw new Error(envoy.missing);
const rows = [];
for (const upstreams of [50, 2_000]) {
  const running = await startEnvoy(envoy.path, istioLikeBootstrap(upstreams));
  try {
    const port = running.listeners.get('outbound');
    const look = await median(() => running.admin('/server_info'));
    const whole = await median(() => running.admin('/config_dump'));
    const parts = await median(() => reading(running.adminUrl, `http://up:${port}`));
    rows.push([String(upstreams), ...[look, parts, whole].map((ms) => `${ms.toFixed(0)} ms`)]);
  } finally {
    await running.stop();
  }
}
console.log(markdownTable(['upstreams', 'one look', 'one reading', 'the whole dump, for comparison'], rows));

async function reading(admin: string, url: string): Promise<void> {
  const address = adminAddress(admin);
  if ('noEvidence' in address) throw new Error(address.noEvidence);
  const evidence = await new AdminReader({ address, maxDelay: 0 }).read([new URL(url)]);
  if (evidence.noEvidence !== undefined) throw new Error(evidence.noEvidence);
}

/** Milliseconds. */
async function median(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < RUNS; round++) {
    const from = performance.now();
    await run();
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
}
