import { describe, expect, it } from 'vitest';
import { fidelityMatrix } from '../../../../src/compare/report/policy-fidelity.ts';
import { consulFidelity } from '../../../../src/meshes/consul/fidelity.ts';
import { fidelityReport } from '../../../../src/meshes/envoy/fidelity.ts';
import { gatewayApiFidelity } from '../../../../src/meshes/gateway-api/fidelity.ts';
import { istioFidelity } from '../../../../src/meshes/istio/fidelity.ts';
import { parsePolicy } from '../../../../src/policy/parse-policy.ts';

const FULL = {
  upstream: 'payments',
  timeout: '2s',
  idleTimeout: '1s',
  retry: { perTryTimeout: '500ms' },
  circuitBreaker: { consecutiveFailures: 5 },
  concurrency: { limit: 10 },
} as const;

describe('who can execute what', () => {
  it('is what the exports themselves say', () => {
    const { columns, rows, unused } = fidelityMatrix([FULL]);
    const policy = parsePolicy(FULL);
    const said = [
      fidelityReport(policy, { forEveryone: true }),
      istioFidelity(policy, { forEveryone: true, destinationRule: true }),
      gatewayApiFidelity(policy),
      consulFidelity(policy),
    ];
    expect(columns.map(({ name }) => name)).toEqual(['process', 'Envoy', 'Istio', 'Gateway API', 'Consul']);
    for (const { field, cells } of rows) {
      for (const [index, of] of said.entries()) {
        const row = of.find((one) => one.field === field);
        expect(cells[index + 1]).toEqual(row && { verdict: row.verdict, detail: row.detail });
      }
    }
    const fields = new Set(said.flat().map(({ field }) => field));
    // A concern that one says in one row and others field by field stands field by field.
    const parents = [...fields].filter((field) => [...fields].some((other) => other.startsWith(`${field}.`)));
    expect([...rows.map(({ field }) => field), ...unused, ...parents].toSorted()).toEqual([...fields].toSorted());
  });

  it('takes of several policies the worst', () => {
    const off = { upstream: 'payments', retry: false, circuitBreaker: false } as const;
    const both = fidelityMatrix([off, FULL]);
    const alone = fidelityMatrix([FULL]);
    const verdicts = (matrix: typeof both) =>
      matrix.rows.map(({ field, cells }) => [field, ...cells.map((one) => one?.verdict)].join(' ')).toSorted();
    expect(verdicts(both)).toEqual(verdicts(alone));
    expect(fidelityMatrix([off]).unused).toEqual(expect.arrayContaining(['circuitBreaker', 'concurrency']));
    expect(fidelityMatrix([off]).rows.map(({ field }) => field)).not.toContain('circuitBreaker');
  });

  it('keeps the fields of a concern together', () => {
    const concerns = fidelityMatrix([FULL]).rows.map(({ field }) => field.split('.')[0]);
    const changes = concerns.filter((concern, index) => concern !== concerns[index - 1]);
    expect(new Set(changes).size).toBe(changes.length);
  });

  it('leaves out policies that are none any more', () => {
    expect(fidelityMatrix([{ upstream: '/' }])).toMatchObject({ rows: [] });
    expect(fidelityMatrix([{ upstream: '/' }, FULL])).toEqual(fidelityMatrix([FULL]));
  });
});
