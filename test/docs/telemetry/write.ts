/** Writes the tables of docs/telemetry.md again, with a real Envoy: `node test/docs/telemetry/write.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findEnvoy } from '../../../src/compare/envoy-binary.ts';
import { rowsOf, runTwoOwners } from '../../envoy/two-owners.ts';
import { ROOT } from '../documents.ts';
import { withRegion } from './region.ts';
import { bucketTable, countedEvents, instrumentTable, sideBySideTable } from './tables.ts';

const envoy = await findEnvoy({ progress: (line) => console.error(line) });
if ('missing' in envoy) throw new Error(envoy.missing);
const regions = {
  instruments: instrumentTable(),
  buckets: bucketTable(),
  'counted events': countedEvents(),
  'two owners': sideBySideTable(rowsOf(await runTwoOwners(envoy.path))),
};
const file = join(ROOT, 'docs/telemetry.md');
let text = await readFile(file, 'utf8');
for (const [name, region] of Object.entries(regions)) text = withRegion(text, name, region);
await writeFile(file, text);
process.exit();
