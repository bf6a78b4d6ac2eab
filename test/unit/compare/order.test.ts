import { describe, expect, it } from 'vitest';
import { ARMS } from '../../../src/compare/arms/arm.ts';
import { orderOfCells } from '../../../src/compare/order.ts';
import { scenario } from './result/report-fixture.ts';

describe('orderOfCells', () => {
  const scenarios = [
    scenario('steady', { rounds: 3 }),
    scenario('outage', { arms: ['bare', 'sidecar', 'process'], rounds: 2 }),
  ];

  it('runs all arms of a scenario in every round, in an order that seed and round decide', () => {
    const order = orderOfCells(scenarios, ARMS, 1);
    const names = order.map(({ scenario, arm, round }) => `${scenario.name} ${arm.name} ${round}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(ARMS.length * 3 + 3 * 2);
    for (const round of [0, 1, 2]) {
      const members = order.slice(round * ARMS.length, (round + 1) * ARMS.length);
      expect(members.every((cell) => cell.round === round + 1)).toBe(true);
      expect(new Set(members.map(({ arm }) => arm.name)).size).toBe(ARMS.length);
    }
    expect(orderOfCells(scenarios, ARMS, 1)).toEqual(order);
    expect(orderOfCells(scenarios, ARMS, 2)).not.toEqual(order);
    const first = order.slice(0, ARMS.length).map(({ arm }) => arm.name);
    expect(order.slice(ARMS.length, 2 * ARMS.length).map(({ arm }) => arm.name)).not.toEqual(first);
  });

  it('runs only the arms that are left', () => {
    const some = ARMS.filter(({ name }) => name === 'sidecar');
    expect(orderOfCells(scenarios, some, 1).map(({ scenario }) => scenario.name)).toEqual([
      ...Array<string>(3).fill('steady'),
      ...Array<string>(2).fill('outage'),
    ]);
  });
});
