import { isIP } from 'node:net';
import type { PlacedPolicy } from '../meshes/placed-policy.ts';
import type { MeshwiseConfig, UpstreamConfig } from '../policy/config.ts';
import { ConfigError, type Problem } from '../policy/config-error.ts';

/** One host of the mesh, with all policies that are for it. */
export interface MeshHost {
  readonly host: string;
  /** For a resource of its own: Kubernetes' lower-case letters, digits and `-`. */
  readonly name: string;
  readonly namespace: string | undefined;
  readonly upstreams: readonly PlacedPolicy[];
}

/** One port of a host. */
export interface MeshHostPort extends MeshHost {
  readonly port: number;
}

export interface HostsInput {
  /** Names; none: all upstreams of the file. */
  readonly only: readonly string[];
  /** `name=host` or `name=host:port`, as they were written. */
  readonly hosts: readonly string[];
  readonly namespace: string | undefined;
}

interface Place {
  readonly host: string;
  readonly port: number | undefined;
}

/**
 * The hosts of the chosen upstreams, each with all upstreams of the file that are there: they share its rules.
 *
 * @throws ConfigError with all mistakes: unknown names, an upstream without a host.
 */
export function meshHosts(config: MeshwiseConfig, input: HostsInput): MeshHost[] {
  return placed(config, input, 'name=host', ({ host }) => host).map(({ port: _port, ...host }) => host);
}

/** The same where a rule is for one port of a host: upstreams at different ports share nothing. */
export function meshHostPorts(config: MeshwiseConfig, input: HostsInput): MeshHostPort[] {
  const all = placed(config, input, 'name=host:port', ({ host, port }) => `${host}:${port}`);
  return all.map(({ port, ...of }) => {
    if (port !== undefined) return { ...of, port };
    const name = of.upstreams[0]?.policy.upstream ?? '';
    const message = `its port is needed: ${name}=${of.host}:port`;
    throw new ConfigError('meshwise export', [{ path: `--host ${name}=${of.host}`, message }]);
  });
}

const FORMS = {
  'name=host': /^([^=]*)=([a-z0-9][a-z0-9.-]*)$/i,
  'name=host:port': /^([^=]*)=([a-z0-9][a-z0-9.-]*)(?::([1-9]\d{0,4}))?$/i,
} as const;

function placed(
  config: MeshwiseConfig,
  { only, hosts, namespace }: HostsInput,
  form: keyof typeof FORMS,
  keyOf: (place: Place) => string,
): (MeshHost & Place)[] {
  const names = config.upstreams.map(({ policy }) => policy.upstream);
  const unknown = { message: `no such upstream; the policy file has ${names.join(', ') || 'none'}` };
  const problems: Problem[] = names.length === 0 ? [{ path: 'upstreams', message: 'the policy file has none' }] : [];
  for (const name of only) if (!names.includes(name)) problems.push({ path: `--upstream ${name}`, ...unknown });
  const given = new Map<string, Place>();
  for (const text of hosts) {
    const [, name = '', host = '', digits] = FORMS[form].exec(text) ?? [];
    const port = digits === undefined ? undefined : Number(digits);
    if (host === '' || (port ?? 1) > 65_535) problems.push({ path: `--host ${text}`, message: `must be ${form}` });
    else if (names.includes(name)) given.set(name, { host: host.toLowerCase(), port });
    else problems.push({ path: `--host ${text}`, ...unknown });
  }
  const isChosen = (upstream: UpstreamConfig) => only.length === 0 || only.includes(upstream.policy.upstream);
  const placeOf = (upstream: UpstreamConfig): Place | undefined => {
    const place = given.get(upstream.policy.upstream) ?? matchedPlace(upstream);
    return place && { host: place.host, port: place.port ?? portAt(upstream, place.host) };
  };
  for (const upstream of config.upstreams.filter(isChosen)) {
    if (placeOf(upstream) === undefined) problems.push({ path: upstream.policy.upstream, message: noHost(upstream) });
  }
  if (problems.length > 0) throw new ConfigError('meshwise export', problems);

  const isAt = (upstream: UpstreamConfig, key: string) => {
    const place = placeOf(upstream);
    return place !== undefined && keyOf(place) === key;
  };
  const chosen = new Map(
    config.upstreams.filter(isChosen).flatMap((upstream) => {
      const place = placeOf(upstream);
      return place === undefined ? [] : [[keyOf(place), place] as const];
    }),
  );
  return [...chosen].map(([key, place]) => {
    const there = config.upstreams.filter((upstream) => isAt(upstream, key));
    const isHere = (pattern: Place) => keyOf(pattern) === key;
    const upstreams = there.map((upstream) => ({ policy: upstream.policy, paths: pathsAt(upstream, isHere) }));
    const first = there[0]?.policy.upstream ?? place.host;
    return { ...place, namespace, upstreams, name: resourceName(first) };
  });
}

/** The first match over plain HTTP that names one host; an address is no host of the mesh. */
function matchedPlace({ match }: UpstreamConfig): Place | undefined {
  return match.find(({ protocol, host }) => protocol === 'http:' && isHostName(host));
}

function portAt({ match }: UpstreamConfig, host: string): number | undefined {
  return match.find((pattern) => pattern.protocol === 'http:' && pattern.host === host)?.port;
}

function isHostName(host: string): boolean {
  return !host.includes('*') && !host.startsWith('[') && isIP(host) === 0;
}

function pathsAt({ match }: UpstreamConfig, isHere: (pattern: Place) => boolean): readonly string[] {
  const here = match.filter((pattern) => pattern.protocol === 'http:' && isHere(pattern));
  const paths = (here.length > 0 ? here : match).map(({ path }) => path);
  return paths.includes('') ? [] : [...new Set(paths)];
}

function noHost({ policy: { upstream }, match }: UpstreamConfig): string {
  const why = match.some(({ protocol }) => protocol === 'https:')
    ? 'https is opaque to a sidecar'
    : 'no match of it names one host of the mesh';
  return `${why}: give --host ${upstream}=host, where it speaks plain HTTP`;
}

/** As Kubernetes takes it (RFC 1123), and not the name that the team's own resource is likely to have. */
function resourceName(upstream: string): string {
  return `${upstream.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-meshwise`.replace(/--+/g, '-');
}
