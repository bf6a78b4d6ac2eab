import { describe, expect, it } from 'vitest';
import { FINDING_CODES } from '../../src/ownership/diagnosis/finding.ts';
import { daprdThatIsThere } from '../dapr/find-daprd.ts';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { codeSpans, partOf, readDocument, tableRows } from './documents.ts';
import { namedBlocks, PAGES, shapeOf } from './ownership/blocks.ts';
import { outputsOf } from './ownership/outputs.ts';
import { SCENARIOS, type Scenario } from './ownership/scenarios.ts';
import { TABLES } from './ownership/tables.ts';

const DOCUMENT = readDocument('docs/ownership.md');
const SHOWN = new Map(PAGES.flatMap((page) => [...namedBlocks(readDocument(page).text)]));
const HOW = 'made again by node test/docs/ownership/write.ts';

describe('the page about ownership', () => {
  it.each(TABLES)('has the $name of the code', ({ name, make }) => {
    expect(SHOWN.get(name), HOW).toBe(make());
  });

  it('has a place for what doctor says in every scenario, and for nothing else', () => {
    const made = SCENARIOS.flatMap(({ name }) => [`doctor ${name}`, `plan ${name}`]);
    expect([...SHOWN.keys()]).toEqual(expect.arrayContaining(SCENARIOS.map(({ name }) => `doctor ${name}`)));
    expect([...made, ...TABLES.map(({ name }) => name)]).toEqual(expect.arrayContaining([...SHOWN.keys()]));
  });

  it('has every finding', () => {
    const rows = tableRows(partOf(DOCUMENT, 'Findings')).slice(1);
    expect(rows.flatMap(([code = '']) => codeSpans(code)).toSorted()).toEqual([...FINDING_CODES].sort());
  });

  it.each(SCENARIOS.filter(({ needs }) => needs === 'nothing'))('shows what is printed: $name', async (scenario) => {
    await showsOutputsOf(scenario, '');
  });
});

describeWithEnvoy('the page about ownership, in front of a real Envoy', (binary) => {
  it.each(SCENARIOS.filter(({ needs }) => needs === 'envoy'))('shows what is printed: $name', async (scenario) => {
    await showsOutputsOf(scenario, binary);
  });
});

const daprd = await daprdThatIsThere(process.env);

// Built by `npm run test:dapr`, which is no part of this run.
if (daprd !== undefined) {
  describe('the page about ownership, beside a real daprd', () => {
    it.each(SCENARIOS.filter(({ needs }) => needs === 'daprd'))('shows what is printed: $name', async (scenario) => {
      await showsOutputsOf(scenario, daprd);
    });
  });
}

async function showsOutputsOf(scenario: Scenario, program: string): Promise<void> {
  const outputs = await outputsOf(scenario, program);
  const printed = new Map(outputs.map(({ name, text }) => [name, shapeOf(text)]));
  const shown = [...SHOWN].filter(([name]) => printed.has(name));
  expect(shown.length).toBeGreaterThan(0);
  for (const [name, text] of shown) expect(shapeOf(text), `${name}: ${HOW}`).toBe(printed.get(name));
  const [doctor] = outputs;
  expect(doctor?.code).toBe(scenario.exitCode);
}
