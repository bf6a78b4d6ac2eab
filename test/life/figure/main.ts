/** `npm run life`: swaps the routes of a real Envoy under load and writes docs/ownership-life.md with its figure. */
import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { findEnvoy } from '../../../src/compare/envoy/envoy-binary.ts';
import { lifeChart } from './life-chart.ts';
import { lifeDocument } from './life-document.ts';
import { type LifeRun, PHASES } from './life-run.ts';
import { DOCUMENT, FIGURE } from './places.ts';
import { runLife } from './run-life.ts';

const envoy = await findEnvoy({ progress: (line) => console.error(line) });
if ('missing' in envoy) throw new Error(envoy.missing);
const phaseMs = 12_000;
console.error(`${PHASES.length} phases of ${phaseMs / 1_000} s: ${PHASES.map(({ label }) => label).join(', ')}`);
const measured = await runLife({ binary: envoy.path, phases: PHASES, phaseMs, rate: 50 });
const run: LifeRun = {
  machine: `${new Date().toISOString().slice(0, 10)}, Node ${process.version.slice(1)}, ${availableParallelism()} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`,
  envoy: envoy.version,
  ...measured,
};
await mkdir(new URL('.', FIGURE), { recursive: true });
await writeFile(FIGURE, lifeChart(run));
await writeFile(DOCUMENT, lifeDocument(run));
console.log(lifeDocument(run));
