/**
 * Makes the tables and outputs in docs/ownership.md and docs/meshes again, with a real Envoy and, where one is there, a
 * real daprd (else what they show of it stays), and the events and the status in docs/runbook.md:
 * `node test/docs/ownership/write.ts`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findEnvoy } from '../../../src/compare/envoy/envoy-binary.ts';
import { daprdThatIsThere } from '../../dapr/find-daprd.ts';
import { ROOT } from '../documents.ts';
import { withSights } from '../runbook/blocks.ts';
import { SIGHTS, shownSight } from '../runbook/sights.ts';
import { PAGES, withBlocks } from './blocks.ts';
import { outputsOf } from './outputs.ts';
import { SCENARIOS } from './scenarios.ts';
import { TABLES } from './tables.ts';

async function rewrite(path: string, change: (text: string) => string): Promise<void> {
  const file = join(ROOT, path);
  await writeFile(file, change(await readFile(file, 'utf8')));
}

const envoy = await findEnvoy({ progress: (line) => console.error(line) });
if ('missing' in envoy) throw new Error(envoy.missing);
const blocks = TABLES.map(({ name, make }) => ({ name, text: make() }));
const daprd = await daprdThatIsThere(process.env);
const programs = { nothing: '', envoy: envoy.path, daprd };
for (const scenario of SCENARIOS) {
  const program = programs[scenario.needs];
  if (program === undefined) console.error(`${scenario.name} stays as it is: there is no ${scenario.needs}`);
  else blocks.push(...(await outputsOf(scenario, program)));
}
for (const page of PAGES) await rewrite(page, (text) => withBlocks(text, blocks));

const sights = new Map<string, string>();
for (const { name, see } of SIGHTS) sights.set(name, shownSight(await see()));
await rewrite('docs/runbook.md', (text) => withSights(text, sights));
