/** Writes the tables of docs/telemetry.md again, with a real Envoy: `node test/docs/telemetry/write.ts`. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findEnvoy } from '../../../src/compare/envoy/envoy-binary.ts';
import { drawnTraces } from '../../envoy/tracing/drawn-traces.ts';
import { runSampling } from '../../envoy/tracing/sampling-cases.ts';
import { rowsOf, runTwoOwners } from '../../envoy/two-owners.ts';
import { ROOT } from '../documents.ts';
import { withRegion } from '../region.ts';
import { spanMakersTable } from './span-makers-table.ts';
import {
  attributeTable,
  bucketTable,
  countedEvents,
  instrumentTable,
  sideBySideTable,
  spanEventTable,
} from './tables.ts';

const envoy = await findEnvoy({ progress: (line) => console.error(line) });
if ('missing' in envoy) throw new Error(envoy.missing);
const regions = {
  attributes: attributeTable(),
  'span events': spanEventTable(),
  'span makers': spanMakersTable(),
  instruments: instrumentTable(),
  buckets: bucketTable(),
  'counted events': countedEvents(),
  'example traces': await drawnTraces(envoy.path),
  sampling: await runSampling(envoy.path),
  'two owners': sideBySideTable(rowsOf(await runTwoOwners(envoy.path))),
};
const file = join(ROOT, 'docs/telemetry.md');
let text = await readFile(file, 'utf8');
for (const [name, region] of Object.entries(regions)) text = withRegion(text, name, region);
await writeFile(file, text);
process.exit();
