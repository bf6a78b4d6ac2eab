import { parseArgs } from 'node:util';
import { ConfigError } from '../policy/config-error.ts';
import { type Address, readAddress } from './address.ts';
import { FORMATS, type Format } from './manifest-text.ts';

/** What can be exported to. */
export const TARGETS = ['envoy', 'istio', 'gateway-api', 'consul'] as const;
export type Target = (typeof TARGETS)[number];

/** Options that only some targets know; every other option is for all. */
const ONLY_FOR: readonly (readonly [options: readonly string[], targets: readonly Target[]])[] = [
  [['endpoint', 'listen', 'admin', 'otlp'], ['envoy']],
  [
    ['host', 'namespace', 'merge', 'check', 'keep'],
    ['istio', 'gateway-api', 'consul'],
  ],
  [['destination-rule'], ['istio']],
  // Gateway API and Consul promise nothing of operators in a header's value; Contour escapes them (contour#3236).
  [
    ['for-everyone', 'verdict'],
    ['envoy', 'istio'],
  ],
];

/** A mark offers up to eight hashes, and one is the current rule's. */
const MOST_KEPT = 7;

export const DEFAULT_ADMIN = '127.0.0.1:9901';

export interface ExportOptions {
  readonly help: boolean;
  readonly target: Target;
  readonly config: string | undefined;
  readonly only: readonly string[];
  readonly forEveryone: boolean;
  readonly format: Format;
  readonly output: string | undefined;
  readonly strict: boolean;
  readonly endpoints: readonly string[];
  readonly listen: readonly string[];
  readonly admin: Address;
  /** Where the sidecar sends its spans; none: it makes none. */
  readonly otlp: Address | undefined;
  /** `name=host` */
  readonly hosts: readonly string[];
  readonly namespace: string | undefined;
  /** A file, or `-`. */
  readonly merge: string | undefined;
  readonly check: string | undefined;
  /** Hashes. */
  readonly keep: readonly string[];
  readonly destinationRule: boolean;
  readonly verdict: boolean;
}

/** @throws ConfigError for the first mistake. */
export function readExportOptions(args: readonly string[]): ExportOptions {
  const { values, positionals } = parsed(args);
  const format = FORMATS.find((word) => word === values.format);
  if (format === undefined) throw bad('--format', `must be one of ${FORMATS.join(', ')}`);
  const admin = readAddress(values.admin ?? DEFAULT_ADMIN);
  if (admin === undefined) throw bad('--admin', 'must be host:port');
  const otlp = values.otlp === undefined ? undefined : readAddress(values.otlp);
  if (values.otlp !== undefined && (otlp === undefined || otlp.port === 0)) throw bad('--otlp', 'must be host:port');
  const target = positionals.length === 1 ? TARGETS.find((word) => word === positionals[0]) : undefined;
  if (target === undefined && !values.help) {
    const given = positionals.length === 0 ? '' : `; not ${positionals.join(' ')}`;
    throw bad('', `one target is needed, of: ${TARGETS.join(', ')}${given}`);
  }
  for (const [options, targets] of ONLY_FOR) {
    const given = options.find((option) => Object.hasOwn(values, option));
    if (given !== undefined && target !== undefined && !targets.includes(target)) {
      throw bad(`--${given}`, `is for the target${targets.length > 1 ? 's' : ''} ${targets.join(', ')}`);
    }
  }
  const { merge, check, keep = [], namespace } = values;
  if (merge !== undefined && check !== undefined)
    throw bad('--check', 'compares with what --merge would print: give one');
  for (const hash of keep) {
    if (!/^[0-9a-f]{8}$/.test(hash)) throw bad(`--keep ${hash}`, 'must be the hash of a rule, eight hex digits');
  }
  if (keep.length > MOST_KEPT) throw bad('--keep', `a mark has room for ${MOST_KEPT} older rules`);
  if (namespace !== undefined && !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace)) {
    throw bad('--namespace', 'must be a name as Kubernetes takes it');
  }
  return {
    ...{ help: values.help, target: target ?? 'envoy', config: values.config, only: values.upstream, format, admin },
    ...{ output: values.output, strict: values.strict, forEveryone: values['for-everyone'] ?? false },
    ...{ endpoints: values.endpoint ?? [], listen: values.listen ?? [], hosts: values.host ?? [] },
    ...{
      otlp,
      namespace,
      merge,
      check,
      keep,
      destinationRule: values['destination-rule'] ?? false,
      verdict: values.verdict ?? false,
    },
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: 'string' },
        upstream: { type: 'string', multiple: true, default: [] },
        'for-everyone': { type: 'boolean' },
        format: { type: 'string', default: 'yaml' },
        output: { type: 'string' },
        strict: { type: 'boolean', default: false },
        endpoint: { type: 'string', multiple: true },
        listen: { type: 'string', multiple: true },
        admin: { type: 'string' },
        otlp: { type: 'string' },
        host: { type: 'string', multiple: true },
        namespace: { type: 'string' },
        merge: { type: 'string' },
        check: { type: 'string' },
        keep: { type: 'string', multiple: true },
        'destination-rule': { type: 'boolean' },
        verdict: { type: 'boolean' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw bad('', error instanceof Error ? error.message : String(error));
  }
}

function bad(path: string, message: string): ConfigError {
  return new ConfigError('meshwise export', [{ path, message }]);
}
