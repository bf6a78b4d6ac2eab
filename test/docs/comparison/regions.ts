import { amplificationTable } from './amplification-table.ts';
import * as columns from './columns.ts';
import { layerTable, priceTable } from './cost-tables.ts';
import { type Evidence, verdictTold } from './evidence.ts';
import { publishedTable } from './published.ts';
import { environmentLines, findingLines, toldOf, withheldLines } from './sentences.ts';
import { armsAcross, familyTable, type JudgedColumn } from './tables.ts';

const COMES_BACK: JudgedColumn = {
  title: 'goodput',
  told: (evidence, scenario, arm) => verdictTold(evidence, scenario, `metastability/${arm}`),
};

/** What docs/comparison.md takes from reports, by the names of its regions. */
export const REGIONS: Readonly<Record<string, (evidence: Evidence) => string>> = {
  environment: environmentLines,
  'sidecar cost': (evidence) => priceTable(evidence, 'cost'),
  'sidecar cost of large bodies': (evidence) => priceTable(evidence, 'large-bodies'),
  'published figures': publishedTable,
  'cost by layer': (evidence) => layerTable(evidence, 'cost'),
  saturation: (evidence) => toldOf(evidence, 'saturation'),
  amplification: (evidence) => amplificationTable(evidence, 'random-503'),
  'nested layers': (evidence) => familyTable(evidence, 'nested', [columns.ATTEMPTS, columns.FAILING]),
  'connection faults': (evidence) => armsAcross(evidence, 'connection-faults', [columns.ATTEMPTS, columns.FAILING]),
  'retry after': (evidence) =>
    familyTable(evidence, 'retry-after', [columns.EARLY, columns.ATTEMPTS, columns.ANSWERED]),
  'black hole': (evidence) =>
    familyTable(evidence, 'black-hole', [columns.FAILS_AFTER, columns.ENDS_WITH, columns.ATTEMPTS]),
  deadline: (evidence) => familyTable(evidence, 'deadline', [columns.TOO_LATE, columns.FAILS_AFTER, columns.FAILING]),
  'latency tail': (evidence) =>
    familyTable(evidence, 'latency-tail', [columns.MEDIAN, columns.TAIL, columns.ATTEMPTS, columns.FAILING]),
  outage: (evidence) =>
    familyTable(evidence, 'outage', [columns.IN_FAULT, columns.RECOVERED, columns.FAILS_AFTER, columns.FAILING]),
  'bad host': (evidence) => familyTable(evidence, 'bad-host', [columns.TO_BAD_HOST, columns.FAILING, columns.ATTEMPTS]),
  'rolling restart': (evidence) => familyTable(evidence, 'rolling-restart', [columns.FAILING, columns.ATTEMPTS]),
  'retry storm': (evidence) =>
    familyTable(evidence, 'metastable', [columns.BEFORE, columns.DURING, columns.AFTER, COMES_BACK, columns.ATTEMPTS]),
  isolation: (evidence) =>
    familyTable(evidence, 'isolation', [columns.FAILING, columns.NEIGHBOUR_FAILING, columns.NEIGHBOUR_TAIL]),
  traces: (evidence) => familyTable(evidence, 'traces', [columns.ONE_ROOT, columns.ORPHANS, columns.SPANS]),
  'double policy': (evidence) =>
    familyTable(evidence, 'double-policy', [columns.ATTEMPTS, columns.FAILS_AFTER, columns.ENDS_WITH]),
  findings: findingLines,
  withheld: withheldLines,
};

/** Written by others: the report's pictures by what stands in docs/figures, the second generator by its own command. */
export const OTHER_REGIONS: readonly string[] = ['screenshots', 'independent generator'];
