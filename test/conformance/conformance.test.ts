import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithEnvoy } from '../envoy/envoy-test.ts';
import { ARMS } from './case.ts';
import { DIFFERENCE_IDS } from './differences.ts';
import { documentOf, figuresIn } from './document.ts';
import { closingLine, figuresOf, fuzz } from './fuzz.ts';
import { Laboratory, type Result, unexplainedIn } from './laboratory.ts';
import { readOptions } from './options.ts';
import { PINNED } from './pinned-cases.ts';
import { playSharedState, type SharedStateResult } from './shared-state-arms.ts';

/** Ten times what it takes on a busy machine with two cores. */
const LIMIT = 600_000;

describeWithEnvoy('the process and a real Envoy with the exported configuration', (binary) => {
  let laboratory: Laboratory;
  beforeAll(async () => {
    laboratory = await Laboratory.open(binary);
  });
  afterAll(() => laboratory?.close());

  describe('pinned cases', () => {
    let pinned: readonly Result[];
    let shared: readonly SharedStateResult[];
    beforeAll(async () => {
      pinned = await laboratory.play(PINNED.map(({ case: one }) => one));
      shared = await playSharedState(binary);
    }, LIMIT);

    it('are sixty or more, and each has a name of its own', () => {
      expect(PINNED.length + shared.length).toBeGreaterThanOrEqual(60);
      expect(new Set(PINNED.map(({ name }) => name)).size).toBe(PINNED.length);
    });

    it('agree in attempts, status, body, kind of error and waits, or differ as explained', () => {
      const unexplained = PINNED.flatMap(({ name }, index) => unexplainedIn(pinned[index]).map((how) => [name, how]));
      expect(unexplained).toEqual([]);
    });

    it('have the attempts and the status in the process that are written down', () => {
      const seen = pinned.map((result) => [result.seen.process?.attempts, result.seen.process?.status]);
      expect(seen.map((pair, index) => [PINNED[index]?.name, ...pair])).toEqual(
        PINNED.map(({ name, attempts, status }) => [name, attempts, status]),
      );
    });

    it('show every difference there is: one that never shows explains nothing', () => {
      const { shown } = figuresOf(pinned);
      expect(DIFFERENCE_IDS.filter((id) => shown[id] === 0)).toEqual([]);
    });

    it('never make more attempts than the policy allows, whoever makes them', () => {
      for (const { case: one, seen } of pinned) {
        for (const arm of ARMS) expect(seen[arm]?.attempts ?? 0).toBeLessThanOrEqual(one.policy.limit + 1);
      }
    });

    it('agree or differ as written where calls share something', () => {
      for (const { case: one, process, sidecar } of shared) {
        expect([one.name, process]).toEqual([one.name, one.process]);
        expect([one.name, sidecar]).toEqual([one.name, one.sidecar?.shows ?? one.process]);
      }
    });

    it('are what docs/conformance.md shows: npm run conformance -- --markdown', async () => {
      const document = await readFile(fileURLToPath(new URL('../../docs/conformance.md', import.meta.url)), 'utf8');
      expect(document).toBe(documentOf({ pinned, shared }, figuresIn(document)));
      expect(figuresIn(document)).toContain(' 0 unexplained.');
    });
  });

  it(
    'differ in no made-up case without an explanation',
    async () => {
      const options = readOptions([], process.env);
      console.log(`conformance: ${options.runs} made-up cases, seed ${options.seed}`);
      const figures = await fuzz(laboratory, options);
      console.log(closingLine(figures));
      expect(figures.failure).toBeUndefined();
      expect(figures.cases).toBe(options.runs);
    },
    LIMIT,
  );
});
