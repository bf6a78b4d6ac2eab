import { describe, expect, it } from 'vitest';
import type { Cell } from '../../../src/compare/result/cell.ts';
import type { Report } from '../../../src/compare/result/report.ts';
import {
  CELLS,
  cell,
  latency,
  OUTAGE,
  reportOf,
  rounds,
  SCENARIOS,
  STEADY,
  scenario,
  taking,
  timeline,
} from '../../unit/compare/result/report-fixture.ts';
import { amplificationTable } from './amplification-table.ts';
import * as columns from './columns.ts';
import { layerTable, priceTable } from './cost-tables.ts';
import { evidenceOf, relationTold, verdictTold } from './evidence.ts';
import { REGIONS } from './regions.ts';
import { screenshotLines } from './screenshots.ts';
import { environmentLines, findingLines, toldOf, withheldLines } from './sentences.ts';
import { armsAcross, familyTable } from './tables.ts';

const REPORT = reportOf();
const EVIDENCE = evidenceOf([REPORT]);

/** Of every cell of these scenarios something else. */
function changed(change: (one: Cell) => Partial<Cell>, cells: readonly Cell[] = CELLS): Report {
  return reportOf(cells.map((one) => ({ ...one, ...change(one) })));
}

function rowsOf(table: string): string[][] {
  return table
    .split('\n')
    .slice(2)
    .map((line) => line.slice(2, -2).split(' | '));
}

describe('the price of a sidecar', () => {
  it('is what an arm has more than bare fetch of the same run, where the findings call it a difference', () => {
    expect(rowsOf(priceTable(EVIDENCE, 'steady'))).toEqual([
      ['`bare`, itself', '0.53 (0.51 to 0.55)', '6.12 (6.04 to 6.20)', '303 (301 to 305)', '100'],
      ['`process`', '+0.06, ×1.11', expect.any(String), '+40, ×1.13', 'no difference seen (×1.00)'],
      ['`sidecar`', '+0.30, ×1.57', expect.any(String), '+62, ×1.20', '+60, ×1.60'],
      ['`two-sidecars`', '+0.70, ×2.32', expect.any(String), '+128, ×1.42', '+118, ×2.18'],
    ]);
  });

  it('tells no latency of a busy machine, but CPU and memory', () => {
    const busy = evidenceOf([changed(({ arm }) => (arm === 'sidecar' ? { machineBusy: 0.7 } : {}))]);
    const [base, process, sidecar] = rowsOf(priceTable(busy, 'steady'));
    expect(base?.[1]).toBe('0.53 (0.51 to 0.55)');
    expect(process?.[1]).toBe('+0.06, ×1.11');
    expect(sidecar?.slice(1)).toEqual(['withheld', 'withheld', '+62, ×1.20', '+60, ×1.60']);
    const all = evidenceOf([changed(() => ({ machineBusy: null }))]);
    expect(rowsOf(priceTable(all, 'steady'))[0]?.slice(1, 3)).toEqual(['withheld', 'withheld']);
  });

  it('is of no family that did not run, and of none without bare fetch', () => {
    expect(priceTable(EVIDENCE, 'cost')).toBe('The report holds nothing of `cost`.');
    const without = evidenceOf([reportOf(CELLS.filter(({ arm }) => arm !== 'bare'))]);
    expect(priceTable(without, 'steady')).toBe('The report holds nothing of `steady`.');
  });
});

describe('the cost by layer', () => {
  it('holds each layer against what it is put upon', () => {
    expect(rowsOf(layerTable(EVIDENCE, 'steady'))).toEqual([
      ['`bare`', '303 (301 to 305)', '1.00', ''],
      ['`bare-again`', '304 (302 to 306)', '1.00', 'what the same differs by'],
      ['`process`', '343 (341 to 345)', '1.13', 'more than `bare`'],
      ['`sidecar`', '365 (363 to 367)', '1.20', 'more than `bare`'],
      ['`two-sidecars`', '431 (429 to 433)', '1.42', 'more than `sidecar`'],
    ]);
  });
});

describe('amplification', () => {
  it('stands beside what can be computed, for one layer and for two', () => {
    expect(rowsOf(amplificationTable(EVIDENCE, 'random-503'))).toEqual([
      ['30 %', '', '1.39', '1.39 (2.7 % fail)', '–', '–', '1.43', '1.43 (0 % fail)'],
      ['80 %', '', '2.44', '2.44 (51.2 % fail)', '–', '2.44 (51.2 % fail)', '4.33', '4.33 (13.4 % fail)'],
    ]);
  });
});

describe('the table of a family', () => {
  it('has a row for each arm that ran', () => {
    const table = familyTable(EVIDENCE, 'outage', [columns.IN_FAULT, columns.RECOVERED, columns.FAILING]);
    expect(table.split('\n')[0]).toBe('| arm | attempts during the fault | recovered after, ms | calls that fail |');
    expect(rowsOf(table)).toEqual([
      ['`bare`', '360', '0', '28 %'],
      ['`process`', '60', '300', '31 %'],
    ]);
  });

  it('says what is refused, withheld, or has no meaning', () => {
    const late = evidenceOf([
      changed(
        ({ arm }) => (arm === 'bare' ? { slip: latency(60) } : { slip: latency(3) }),
        [cell(OUTAGE.name, 'bare'), cell(OUTAGE.name, 'process')],
      ),
    ]);
    expect(
      rowsOf(familyTable(late, 'outage', [columns.FAILING, columns.MEDIAN, columns.ENDS_WITH, columns.TO_BAD_HOST])),
    ).toEqual([
      ['`bare`', 'refused', 'withheld', 'refused', 'refused'],
      ['`process`', '0 %', 'withheld', '`200`', '–'],
    ]);
  });

  it('shows the rounds, and what never came back', () => {
    const cells = rounds(2, (round) => cell(OUTAGE.name, 'process', { good: 1000 - 100 * round }));
    const slow = cell(OUTAGE.name, 'bare', {
      timeline: {
        slot: 100,
        offered: Array(40).fill(30),
        good: Array(40).fill(0),
        failed: Array(40).fill(30),
        attempts: [],
      },
    });
    const evidence = evidenceOf([reportOf([...cells, slow])]);
    expect(rowsOf(familyTable(evidence, 'outage', [columns.FAILING, columns.RECOVERED]))).toEqual([
      ['`bare`', '0 %', 'never'],
      ['`process`', '15 % (10 % to 20 %)', 'never'],
    ]);
  });

  it('may have the arms across, all figures of one in a cell', () => {
    const table = armsAcross(EVIDENCE, 'random-503', [columns.ATTEMPTS, columns.FAILING]);
    const [explained, , head, , ...rows] = table.split('\n');
    expect(explained).toBe('In each cell: attempts per call; calls that fail.');
    expect(head).toBe('| p | `bare` | `process` | `both` | `auto` |');
    expect(rows[0]).toBe('| 0.3 | 1.00; 30 % | 1.39; 2.7 % | 1.43; 0 % |  |');
  });
});

describe('what several reports say', () => {
  const topic = 'cost/cpu';
  const cheap = changed(({ arm, usage }) =>
    arm === 'sidecar' ? { usage: usage.map((one) => ({ ...one, cpu: 20 })) } : {},
  );
  const both = evidenceOf([cheap, REPORT]);

  it('is told where all of them say it, from the figures of the last', () => {
    expect(both.report).toBe(REPORT);
    expect(relationTold(both, STEADY, 'cost/client-cpu', 'process', 'bare')).toBe('>');
    expect(relationTold(both, STEADY, topic, 'sidecar', 'bare')).toBe('runs differ');
    expect(relationTold(both, STEADY, topic, 'both', 'bare')).toBe('withheld');
    expect(rowsOf(priceTable(both, 'steady'))[2]?.[3]).toBe('runs differ');
    expect(environmentLines(both)).toContain('that all 2 reports make');
  });

  it('includes verdicts', () => {
    const storm = scenario('metastable/naive', {
      questions: ['metastability'],
      faults: [{ kind: 'capacity', factor: 0.5, when: { from: 100, to: 200, probability: 1, host: undefined } }],
    });
    const evidence = evidenceOf([
      reportOf([cell(storm.name, 'process', { timeline: timeline(12, () => false) })], [storm]),
    ]);
    expect(verdictTold(evidence, storm, 'metastability/process')).toBe('returns');
    expect(verdictTold(evidence, storm, 'metastability/bare')).toBe('withheld');
    const table = REGIONS['retry storm']?.(evidence) ?? '';
    expect(rowsOf(table)[0]?.slice(0, 5)).toEqual(['`process`', '100 %', '100 %', '100 %', 'returns']);
  });
});

describe('the sentences', () => {
  it('name the machine and count the checks', () => {
    const line = environmentLines(EVIDENCE);
    expect(line).toContain('Node 24.0.0, Envoy 1.40.0, linux x64, 2 cores');
    expect(line).toContain(`${CELLS.length} cells`);
    expect(line).toMatch(/ cells, all \d+ checks passed/);
    const late = changed(({ arm }) => (arm === 'both' ? { slip: latency(60) } : {}));
    expect(environmentLines(evidenceOf([late]))).toMatch(/ cells, 2 of them refused, all \d+ checks passed/);
    const again = changed(({ arm }) => (arm === 'both' ? { repeated: 'busy' } : {}));
    expect(environmentLines(evidenceOf([again]))).toMatch(/ cells, 2 run once more, all \d+ checks passed/);
    const failing = { ...REPORT, checks: REPORT.checks.map((check) => ({ ...check, passed: false })) };
    expect(environmentLines(evidenceOf([failing]))).toContain('checks FAILED');
  });

  it('tell every finding, and those of no difference together', () => {
    const lines = findingLines(EVIDENCE);
    expect(lines).toContain('<summary>Steady state: ');
    const shown = lines.split('\n').filter((line) => line.startsWith('- '));
    expect(shown.filter((line) => line.includes('no difference seen.'))).toEqual([]);
    expect(shown).toContain('- No difference seen in cost/memory: bare and process.');
    expect(findingLines({ ...EVIDENCE, agreed: [] })).toBe('The reports agree on no finding.');
  });

  it('tell of one question its findings or why there are none', () => {
    expect(toldOf(EVIDENCE, 'saturation')).toBe('The report tells nothing of `saturation`.');
    const why = 'the machine has 2 cores';
    const withheld = [{ scenario: OUTAGE.name, question: 'recovery' as const, why }];
    const evidence = evidenceOf([{ ...REPORT, findings: [], withheld }]);
    expect(toldOf(evidence, 'outage')).toBe(`Nothing is told: ${why}.`);
    expect(withheldLines(evidence)).toContain(`- \`outage\`, recovery: ${why}.`);
    expect(withheldLines(evidenceOf([{ ...REPORT, withheld: [] }]))).toBe('Nothing was withheld.');
  });

  it('tell why a scenario was not run', () => {
    const leftOutScenarios = [{ family: 'saturation', title: 'Saturation', why: 'the machine has 2 cores' }];
    const evidence = evidenceOf([{ ...REPORT, withheld: [], leftOutScenarios }]);
    expect(toldOf(evidence, 'saturation')).toBe('Not run: the machine has 2 cores.');
    expect(withheldLines(evidence)).toBe(
      [
        '<details>',
        '<summary>1 not run</summary>',
        '',
        '- `saturation`, not run: the machine has 2 cores.',
        '',
        '</details>',
      ].join('\n'),
    );
    const withheld = [{ scenario: OUTAGE.name, question: 'recovery' as const, why: 'it was late' }];
    expect(withheldLines(evidenceOf([{ ...REPORT, withheld, leftOutScenarios }]))).toContain(
      '<summary>1 withheld, 1 not run</summary>',
    );
  });

  it('show the pictures that there are', () => {
    expect(screenshotLines(['rule-life.svg'])).toBe('There are no pictures of the report yet.');
    expect(screenshotLines(['report-wide.png', 'report-narrow-dark.png', 'x.png'])).toBe(
      '![The report: narrow dark](figures/report-narrow-dark.png)\n\n![The report: wide](figures/report-wide.png)',
    );
  });
});

describe('every region', () => {
  it.each(Object.entries(REGIONS))('%s has something to say of a report that holds little', (_, make) => {
    const little = reportOf([cell(STEADY.name, 'bare', { latency: taking(0.5) })], SCENARIOS);
    expect(make(evidenceOf([little]))).not.toBe('');
  });

  it('needs a report', () => {
    expect(() => evidenceOf([])).toThrow('no report');
  });
});
