import { isIP } from 'node:net';
import type { SidecarUpstream } from '../meshes/envoy/bootstrap.ts';
import type { MeshwiseConfig, UpstreamConfig } from '../policy/config.ts';
import { ConfigError, type Problem } from '../policy/config-error.ts';
import { type Address, addressText, readAddress } from './address.ts';

/** What the command line says, as it was written. */
export interface PlacesInput {
  /** Names; none: all upstreams of the file. */
  readonly only: readonly string[];
  /** `name=host:port` */
  readonly endpoints: readonly string[];
  readonly listen: readonly string[];
  /** Already taken. */
  readonly admin: Address;
}

const FIRST_PORT = 18_001;

/**
 * Where the sidecar listens for each upstream and where its requests go.
 *
 * @throws ConfigError with all mistakes: unknown names, bad addresses, no endpoint, an address used twice.
 */
export function placeUpstreams(config: MeshwiseConfig, input: PlacesInput): SidecarUpstream[] {
  const problems: Problem[] = [];
  const names = config.upstreams.map(({ policy }) => policy.upstream);
  if (names.length === 0) problems.push({ path: 'upstreams', message: 'the policy file has none' });
  for (const name of input.only) {
    if (!names.includes(name)) problems.push({ path: `--upstream ${name}`, message: unknown(names) });
  }
  const endpoints = assignments('--endpoint', input.endpoints, names, problems);
  const listen = assignments('--listen', input.listen, names, problems);

  const placed = config.upstreams.flatMap((upstream, index): SidecarUpstream[] => {
    const name = upstream.policy.upstream;
    if (input.only.length > 0 && !input.only.includes(name)) return [];
    const own = matchedAddress(upstream);
    const given = endpoints.get(name) ?? (own === undefined ? [] : [own]);
    if (given.length === 0) problems.push({ path: name, message: noEndpoint(upstream) });
    return [
      {
        policy: upstream.policy,
        // Counted over the whole file, so that a choice of upstreams moves no port.
        listen: listen.get(name)?.at(-1) ?? { host: '127.0.0.1', port: FIRST_PORT + index },
        endpoints: given,
        host: hostOf(own ?? given[0]),
      },
    ];
  });
  problems.push(...takenTwice([input.admin, ...placed.map((upstream) => upstream.listen)]));
  if (problems.length > 0) throw new ConfigError('meshwise export', problems);
  return placed;
}

/** The first match over plain HTTP that names one host. */
function matchedAddress({ match }: UpstreamConfig): Address | undefined {
  const pattern = match.find(({ protocol, host }) => protocol === 'http:' && !host.includes('*'));
  return pattern && { host: pattern.host.replace(/^\[|\]$/g, ''), port: pattern.port };
}

/** What the application would have sent: it names the listener once it calls the sidecar. */
function hostOf(address: Address | undefined): string | undefined {
  if (address === undefined || isIP(address.host) !== 0) return undefined;
  return address.port === 80 ? address.host : addressText(address);
}

function noEndpoint({ policy: { upstream }, match }: UpstreamConfig): string {
  const why = match.some(({ protocol }) => protocol === 'https:')
    ? 'https is opaque to a sidecar'
    : 'no match of it names one host';
  return `${why}: give --endpoint ${upstream}=host:port, where it speaks plain HTTP`;
}

function assignments(
  option: string,
  texts: readonly string[],
  names: readonly string[],
  problems: Problem[],
): ReadonlyMap<string, Address[]> {
  const byName = new Map<string, Address[]>();
  for (const text of texts) {
    const [, name = '', address = ''] = /^([^=]*)=(.*)$/.exec(text) ?? [];
    const read = readAddress(address);
    if (read === undefined || (option === '--endpoint' && read.port === 0)) {
      problems.push({ path: `${option} ${text}`, message: 'must be name=host:port' });
    } else if (!names.includes(name)) {
      problems.push({ path: `${option} ${text}`, message: unknown(names) });
    } else {
      byName.set(name, [...(byName.get(name) ?? []), read]);
    }
  }
  return byName;
}

function unknown(names: readonly string[]): string {
  return `no such upstream; the policy file has ${names.join(', ') || 'none'}`;
}

function takenTwice(addresses: readonly { readonly host?: string | undefined; readonly port: number }[]): Problem[] {
  const texts = addresses.filter(({ port }) => port !== 0).map(addressText);
  const twice = texts.filter((text, index) => texts.indexOf(text) < index);
  return [...new Set(twice)].map((text) => ({
    path: text,
    message: 'is used twice; choose others with --listen, --admin',
  }));
}
