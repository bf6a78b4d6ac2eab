import { type AdminAddress, adminAddress } from '../meshes/envoy/admin/admin-address.ts';
import { type KnownMesh, MESH_LIST } from '../meshes/list.ts';
import { CONCERNS, type Concern, OWNERS, type Owner } from '../policy/conditions.ts';
import { ConfigError, type Problem } from '../policy/config-error.ts';
import { MODES, type Mode } from '../policy/mode.ts';
import { nearestWord } from '../policy/nearest-word.ts';
import { shownValue } from '../policy/shown-value.ts';

/** The meshes that an operator can name in `MESHWISE_MESH`; `none` says that there is no sidecar. */
export type MeshName = KnownMesh | 'none';
export const MESHES: readonly MeshName[] = Object.freeze([...MESH_LIST.map(({ name }) => name), 'none' as const]);

/** What may be read of a sidecar in mode `auto`: the marks on replies, which always count, and its Envoy's admin. */
export const READABLE = ['reply', 'config-dump'] as const;
export type Readable = (typeof READABLE)[number];

/** One entry of `MESHWISE_OWNER`: `payments.retry=sidecar`; the upstream may be `*`. */
export interface OwnerEntry {
  readonly upstream: string;
  readonly concern: Concern;
  readonly owner: Owner;
}

/** The operator's word, as far as it stands in the environment. Frozen. */
export interface Environment {
  /** `MESHWISE_MODE`; above code and file. */
  readonly mode: Mode | undefined;
  /** `MESHWISE_OWNER`, in the order in which it was written. */
  readonly owner: readonly OwnerEntry[];
  /** `MESHWISE_MESH`. */
  readonly mesh: MeshName | undefined;
  /** `MESHWISE_EVIDENCE`; `reply` is in it whatever is written. */
  readonly evidence: readonly Readable[];
  /** `MESHWISE_ENVOY_ADMIN`: an Envoy's admin on this host that is not where its mesh usually has it. */
  readonly envoyAdmin: AdminAddress | undefined;
  /** `MESHWISE_CONFIG`: path of the policy file. */
  readonly configFile: string | undefined;
  /** `MESHWISE_STRICT`: warnings about the environment are start-up errors. Default false. */
  readonly strict: boolean;
}

const READABLE_WORDS = 'good values are reply and reply,config-dump';
const REPLY_ONLY: readonly Readable[] = Object.freeze(['reply']);

const STRICT_WORDS = new Map([
  ['1', true],
  ['true', true],
  ['0', false],
  ['false', false],
]);

/**
 * Reads the `MESHWISE_*` variables. An empty variable counts as unset; white space around a value is ignored.
 *
 * @throws {ConfigError} that names each bad variable and lists the good values
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const { environment, problems } = readEnvironmentLeniently(env);
  if (problems !== undefined) throw problems;
  return environment;
}

/**
 * The same for a start-up that must not fail: a bad variable counts as unset, and `problems` says so. The caller
 * throws `problems` when `environment.strict`, else warns once.
 */
export function readEnvironmentLeniently(env: NodeJS.ProcessEnv): {
  environment: Environment;
  problems: ConfigError | undefined;
} {
  const problems: Problem[] = [];

  function read<T>(variable: string, parse: (value: string) => Parsed<T>): T | undefined {
    const value = env[variable]?.trim();
    if (value === undefined || value === '') return undefined;
    const parsed = parse(value);
    if ('value' in parsed) return parsed.value;
    problems.push({ path: variable, message: parsed.problem });
    return undefined;
  }

  const environment: Environment = Object.freeze({
    mode: read('MESHWISE_MODE', (value) => oneOf(MODES, value)),
    owner: read('MESHWISE_OWNER', ownerEntries) ?? Object.freeze([]),
    mesh: read('MESHWISE_MESH', (value) => oneOf(MESHES, value)),
    evidence: read('MESHWISE_EVIDENCE', readables) ?? REPLY_ONLY,
    envoyAdmin: read('MESHWISE_ENVOY_ADMIN', admin),
    configFile: read('MESHWISE_CONFIG', (value) => ({ value })),
    strict: read('MESHWISE_STRICT', strictWord) ?? false,
  });
  return { environment, problems: problems.length === 0 ? undefined : new ConfigError('environment', problems) };
}

/** What `MESHWISE_OWNER` says: an exact upstream wins over `*`, a later entry over an earlier one. */
export function ownerByEnvironment(environment: Environment, upstream: string, concern: Concern): Owner | undefined {
  const entries = environment.owner.filter((entry) => entry.concern === concern);
  const exact = entries.findLast((entry) => entry.upstream === upstream);
  return (exact ?? entries.findLast((entry) => entry.upstream === '*'))?.owner;
}

type Parsed<T> = { readonly value: T } | { readonly problem: string };

function oneOf<T extends string>(allowed: readonly T[], value: string): Parsed<T> {
  const found = allowed.find((word) => word === value);
  return found !== undefined
    ? { value: found }
    : { problem: `${shownValue(value)} is not one of ${allowed.join(', ')}` };
}

function readables(text: string): Parsed<readonly Readable[]> {
  const words = text.split(',').flatMap((part) => part.trim() || []);
  if (words.length === 0) return { problem: `${shownValue(text)} names nothing; ${READABLE_WORDS}` };
  for (const word of words) {
    if (READABLE.some((known) => known === word)) continue;
    const meant = nearestWord(word, READABLE);
    const hint = meant === undefined ? READABLE_WORDS : `did you mean ${meant}?`;
    return { problem: `${shownValue(word)} is not one of ${READABLE.join(', ')}; ${hint}` };
  }
  return { value: Object.freeze(READABLE.filter((known) => known === 'reply' || words.includes(known))) };
}

function admin(text: string): Parsed<AdminAddress> {
  const value = adminAddress(text);
  if (!('noEvidence' in value)) return { value };
  const good = 'http://127.0.0.1:15000, an address of this host, or unix:/run/envoy.sock';
  return { problem: `${value.noEvidence}; good values are ${good}` };
}

function strictWord(text: string): Parsed<boolean> {
  const value = STRICT_WORDS.get(text);
  return value !== undefined
    ? { value }
    : { problem: `${shownValue(text)} is not one of ${[...STRICT_WORDS.keys()].join(', ')}` };
}

function ownerEntries(value: string): Parsed<readonly OwnerEntry[]> {
  const entries: OwnerEntry[] = [];
  for (const text of value.split(',').map((part) => part.trim())) {
    if (text === '') continue;
    const entry = ownerEntry(text);
    if (entry === undefined) {
      return {
        problem:
          `${shownValue(text)} is not an entry like payments.retry=sidecar or *.circuitBreaker=process ` +
          `(concerns: ${CONCERNS.join(', ')}; owners: ${OWNERS.join(', ')})`,
      };
    }
    entries.push(Object.freeze(entry));
  }
  return { value: Object.freeze(entries) };
}

/** Names of upstreams may hold dots: the concern stands behind the last one. */
const OWNER_ENTRY = /^(\*|[A-Za-z0-9][A-Za-z0-9._-]{0,62})\.([A-Za-z]+)\s*=\s*([a-z]+)$/;

function ownerEntry(text: string): OwnerEntry | undefined {
  const [, upstream, concernWord, ownerWord] = OWNER_ENTRY.exec(text) ?? [];
  const concern = CONCERNS.find((word) => word === concernWord);
  const owner = OWNERS.find((word) => word === ownerWord);
  return upstream === undefined || concern === undefined || owner === undefined
    ? undefined
    : { upstream, concern, owner };
}
