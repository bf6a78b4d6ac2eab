import { consulFidelity } from '../../meshes/consul/fidelity.ts';
import { type FidelityRow, type FidelityVerdict, fidelityReport } from '../../meshes/envoy/fidelity.ts';
import { gatewayApiFidelity } from '../../meshes/gateway-api/fidelity.ts';
import { istioFidelity } from '../../meshes/istio/fidelity.ts';
import { ConfigError } from '../../policy/config-error.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { Policy } from '../../policy/policy.ts';
import type { PolicyInput } from '../../policy/policy-input.ts';

/** Who can execute how much of a policy, field by field; the same words as `meshwise export` prints. */
export interface FidelityMatrix {
  readonly columns: readonly FidelityColumn[];
  /** Fields that none of the policies uses: nothing is to be executed, and everybody can do that. */
  readonly unused: readonly string[];
  readonly rows: readonly {
    readonly field: string;
    /** One per column; `undefined` where a column has no row for the field. */
    readonly cells: readonly (FidelityCell | undefined)[];
  }[];
}

export interface FidelityColumn {
  readonly name: string;
  readonly about: string;
}

export type FidelityCell = Pick<FidelityRow, 'verdict' | 'detail'>;

const COLUMNS: readonly (FidelityColumn & { readonly rows: (policy: Policy) => FidelityRow[] })[] = [
  {
    name: 'Envoy',
    about: 'export envoy --for-everyone',
    rows: (policy) => fidelityReport(policy, { forEveryone: true }),
  },
  {
    name: 'Istio',
    about: 'export istio --for-everyone --destination-rule',
    rows: (policy) => istioFidelity(policy, { forEveryone: true, destinationRule: true }),
  },
  { name: 'Gateway API', about: 'export gateway-api: retries by the marked rules', rows: gatewayApiFidelity },
  { name: 'Consul', about: 'export consul: retries by the marked rules', rows: consulFidelity },
];

const PROCESS: FidelityColumn = {
  name: 'process',
  about: 'meshwise executes the policy itself: the measure of the others',
};

/** Of several verdicts on a field the last of these counts: a policy in which it is off says nothing. */
const FROM_BEST_TO_WORST: readonly FidelityVerdict[] = [
  'exact',
  'approximate',
  'stays in the process',
  'not expressible',
];

/** For all of these policies together: of each field the worst that becomes of it in any. */
export function fidelityMatrix(inputs: readonly PolicyInput[]): FidelityMatrix {
  const policies = inputs.flatMap(readable);
  const byColumn = COLUMNS.map(({ rows }) => worstOf(policies.flatMap(rows)));
  const all = withoutParents([...new Set(byColumn.flatMap((rows) => [...rows.keys()]))]);
  const unused = all.filter((field) =>
    byColumn.every((rows) => {
      const cell = rows.get(field);
      return cell === undefined || isOff(cell);
    }),
  );
  const fields = all.filter((field) => !unused.includes(field));
  return {
    unused,
    columns: [PROCESS, ...COLUMNS.map(({ name, about }) => ({ name, about }))],
    rows: fields.map((field) => ({
      field,
      cells: [{ verdict: 'exact', detail: 'as the policy says' }, ...byColumn.map((rows) => rows.get(field))],
    })),
  };
}

/** A report of another version may have policies that are none any more. */
function readable(input: PolicyInput): Policy[] {
  try {
    return [parsePolicy(input)];
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

function worstOf(rows: readonly FidelityRow[]): Map<string, FidelityCell> {
  const worst = new Map<string, FidelityCell>();
  for (const { field, verdict, detail } of rows) {
    const known = worst.get(field);
    if (known === undefined || isWorse({ verdict, detail }, known)) worst.set(field, { verdict, detail });
  }
  return worst;
}

function isWorse(one: FidelityCell, other: FidelityCell): boolean {
  const rank = ({ verdict }: FidelityCell) => FROM_BEST_TO_WORST.indexOf(verdict);
  return rank(one) > rank(other) || (rank(one) === rank(other) && isOff(other) && !isOff(one));
}

/** As the fidelity functions say it of what a policy does not use. */
function isOff({ verdict, detail }: FidelityCell): boolean {
  return verdict === 'exact' && /^(off|none)\b/.test(detail);
}

/** `retry` alone stands for a concern that is off; beside `retry.limit` it says nothing. Concerns stay together. */
function withoutParents(fields: readonly string[]): string[] {
  const kept = fields.filter((field) => !fields.some((other) => other.startsWith(`${field}.`)));
  const concerns = [...new Set(kept.map(concernOf))];
  return concerns.flatMap((concern) => kept.filter((field) => concernOf(field) === concern));
}

function concernOf(field: string): string {
  return field.split('.')[0] ?? field;
}
