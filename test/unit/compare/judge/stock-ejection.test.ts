import { describe, expect, it } from 'vitest';
import type { ArmName } from '../../../../src/compare/arms/arm.ts';
import type { Cell } from '../../../../src/compare/result/cell.ts';
import { isNoDifference, subjectOf } from '../../../../src/compare/result/finding-id.ts';
import type { Scenario } from '../../../../src/compare/scenario/scenario.ts';
import { always, attempts, cell, OUTAGE, rounds, scenario, timeline } from '../result/report-fixture.ts';
import { found } from './asked.ts';

/** A variant as a file has it, and the same with stock ejection. */
function variants(family: string, given: Partial<Scenario>): readonly [tuned: Scenario, stock: Scenario] {
  const of = (variant: string, more: Partial<Scenario>) =>
    scenario(`${family}/${variant}`, { variant: { variant }, ...given, ...more });
  return [of('as-exported', {}), of('stock-ejection', { stockEjection: true, arms: ['sidecar', 'mesh'] })];
}

const three = (one: Scenario, arm: ArmName, given: (round: number) => Partial<Cell>): Cell[] =>
  rounds(3, (round) => cell(one.name, arm, given(round)));

/** What is set beside stock ejection, of all that is found. */
function besideStock(scenarios: readonly Scenario[], cells: readonly Cell[]): Record<string, string> {
  const isBeside = (id: string): boolean => /\/(sidecar|mesh|bare): \S+ [<>~] /.test(id);
  return Object.fromEntries(Object.entries(found(scenarios, cells)).filter(([id]) => isBeside(id)));
}

describe('a tuned sidecar beside a stock one', () => {
  const bad: Partial<Scenario> = {
    upstream: { hosts: 3, serviceTime: 10, concurrency: undefined, body: 0 },
    faults: [{ kind: 'status', status: 503, when: { ...always, host: 3 } }],
    questions: ['bad-host'],
  };
  const [tuned, stock] = variants('bad-host', bad);
  const toHost =
    (share: number) =>
    (round: number): Partial<Cell> => ({
      attempts: attempts(1, { byHost: [500, 500 - share, share + round] }),
    });

  it('with one bad host: the share that goes there, and the calls that fail', () => {
    const cells = [
      ...three(tuned, 'sidecar', toHost(130)),
      ...three(stock, 'sidecar', toHost(320)),
      ...three(tuned, 'mesh', toHost(130)),
    ];
    expect(found([tuned, stock], cells)).toEqual({
      'bad-host/share/sidecar: as-exported < stock-ejection':
        "With the client's sidecar and ejection as exported, 13.2 % of the attempts go to the bad host (13.1–13.3 % over " +
        '3 rounds) instead of 32.1 % (32.1–32.2 %) with stock ejection: 59 % fewer.',
      'bad-host/failing/sidecar: as-exported ~ stock-ejection':
        "With the client's sidecar and ejection as exported, 0 % of the calls fail (in all 3 rounds), with stock ejection " +
        '0 %: no difference seen.',
    });
    const ids = Object.keys(found([tuned, stock], cells));
    expect(ids.map(isNoDifference)).toEqual([false, true]);
    expect(ids.map(subjectOf)).toEqual([
      'bad-host/share/sidecar: as-exported and stock-ejection',
      'bad-host/failing/sidecar: as-exported and stock-ejection',
    ]);
  });

  it('tells no difference where a round of one lies among those of the other', () => {
    const mixed = three(stock, 'sidecar', (round) => toHost(round === 2 ? 130 : 320)(round));
    expect(Object.keys(found([tuned, stock], [...three(tuned, 'sidecar', toHost(131)), ...mixed]))).toContain(
      'bad-host/share/sidecar: as-exported ~ stock-ejection',
    );
  });

  it('in a rolling restart: the calls that fail', () => {
    const [restart, stockRestart] = variants('rolling-restart', { questions: ['endings'] });
    const losing = (calls: number) => (): Partial<Cell> => ({ good: 1000 - calls });
    const cells = [...three(restart, 'mesh', losing(10)), ...three(stockRestart, 'mesh', losing(40))];
    expect(besideStock([restart, stockRestart], cells)).toEqual({
      'endings/failing/mesh: as-exported < stock-ejection':
        "With meshwise in mode mesh before the client's sidecar and ejection as exported, 1 % of the calls fail (in all 3 " +
        'rounds) instead of 4 % with stock ejection: 75 % fewer.',
    });
  });

  it('in an outage: who spares the upstream, and how soon calls succeed again', () => {
    const [outage, stockOutage] = variants('outage', { faults: OUTAGE.faults, questions: ['recovery'] });
    const down = (until: number, arriving: number) => (): Partial<Cell> => ({
      timeline: timeline(
        36,
        (slot) => slot >= 8 && slot < until,
        () => arriving,
      ),
    });
    const cells = [...three(outage, 'sidecar', down(24, 30)), ...three(stockOutage, 'sidecar', down(20, 90))];
    expect(besideStock([outage, stockOutage], cells)).toEqual({
      'recovery/attempts-in-fault/sidecar: as-exported < stock-ejection':
        "With the client's sidecar and ejection as exported, the upstream gets 360 attempts while the fault is on (in all " +
        '3 rounds) instead of 1,080 with stock ejection: 67 % fewer.',
      'recovery/time/sidecar: as-exported > stock-ejection':
        "With the client's sidecar and ejection as exported, the time from the end of the fault until 95 % of the calls " +
        'succeed again is 400 ms (in all 3 rounds) instead of 0 ms with stock ejection.',
    });
  });

  it('is only set beside what differs in nothing else, and where its sidecar ejects', () => {
    const cells = (other: Scenario): Cell[] => [
      ...three(tuned, 'sidecar', toHost(130)),
      ...three(other, 'sidecar', toHost(320)),
      ...three(tuned, 'bare', toHost(130)),
      ...three(other, 'bare', toHost(320)),
    ];
    expect(Object.keys(besideStock([tuned, stock], cells(stock)))).toHaveLength(2);
    const others: readonly Partial<Scenario>[] = [
      { stockEjection: false },
      { faults: [{ kind: 'hang', when: { ...always, host: 3 } }] },
      { policy: { upstream: 'payments', timeout: '1s' } },
      { load: { ...stock.load, rate: 7 } },
    ];
    for (const given of others) {
      const other = { ...stock, ...given };
      expect(besideStock([tuned, other], cells(other)), JSON.stringify(given)).toEqual({});
    }
  });

  it('is called by its variant where there are several', () => {
    const slow: Partial<Scenario> = { ...bad, faults: [{ kind: 'delay', ms: 300, when: { ...always, host: 3 } }] };
    const of = (variant: string, given: Partial<Scenario>) =>
      scenario(`bad-host/${variant}`, { variant: { variant }, ...given });
    const all = [tuned, stock, of('slow', slow), of('slow-with-stock-ejection', { ...slow, stockEjection: true })];
    const texts = found(
      all,
      all.flatMap((one) => three(one, 'sidecar', toHost(one.stockEjection === true ? 320 : 130))),
    );
    expect(Object.keys(texts).filter((id) => id.startsWith('bad-host/share/'))).toEqual([
      'bad-host/share/sidecar: as-exported < stock-ejection',
      'bad-host/share/sidecar: slow < slow-with-stock-ejection',
    ]);
    expect(texts['bad-host/share/sidecar: slow < slow-with-stock-ejection']).toContain(
      "With the client's sidecar and ejection as exported (slow), 13.2 % of",
    );
  });
});
