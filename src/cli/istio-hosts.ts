import { isIP } from 'node:net';
import type { IstioHost } from '../meshes/istio/virtual-service.ts';
import type { MeshwiseConfig, UpstreamConfig } from '../policy/config.ts';
import { ConfigError, type Problem } from '../policy/config-error.ts';

export interface HostsInput {
  /** Names; none: all upstreams of the file. */
  readonly only: readonly string[];
  /** `name=host`, as they were written. */
  readonly hosts: readonly string[];
  readonly namespace: string | undefined;
}

/**
 * The hosts of the chosen upstreams, each with all upstreams of the file that are there: they share its rules.
 *
 * @throws ConfigError with all mistakes: unknown names, an upstream without a host.
 */
export function istioHosts(config: MeshwiseConfig, { only, hosts, namespace }: HostsInput): IstioHost[] {
  const names = config.upstreams.map(({ policy }) => policy.upstream);
  const unknown = { message: `no such upstream; the policy file has ${names.join(', ') || 'none'}` };
  const problems: Problem[] = names.length === 0 ? [{ path: 'upstreams', message: 'the policy file has none' }] : [];
  for (const name of only) if (!names.includes(name)) problems.push({ path: `--upstream ${name}`, ...unknown });
  const given = new Map<string, string>();
  for (const text of hosts) {
    const [, name = '', host = ''] = /^([^=]*)=([a-z0-9][a-z0-9.-]*)$/i.exec(text) ?? [];
    if (host === '') problems.push({ path: `--host ${text}`, message: 'must be name=host' });
    else if (names.includes(name)) given.set(name, host.toLowerCase());
    else problems.push({ path: `--host ${text}`, ...unknown });
  }
  const isChosen = (upstream: UpstreamConfig) => only.length === 0 || only.includes(upstream.policy.upstream);
  const hostOf = (upstream: UpstreamConfig) => given.get(upstream.policy.upstream) ?? matchedHost(upstream);
  for (const upstream of config.upstreams.filter(isChosen)) {
    if (hostOf(upstream) === undefined) problems.push({ path: upstream.policy.upstream, message: noHost(upstream) });
  }
  if (problems.length > 0) throw new ConfigError('meshwise export', problems);

  const chosen = new Set(config.upstreams.filter(isChosen).map(hostOf));
  return [...chosen].flatMap((host): IstioHost[] => {
    if (host === undefined) return [];
    const there = config.upstreams.filter((upstream) => hostOf(upstream) === host);
    const upstreams = there.map((upstream) => ({ policy: upstream.policy, paths: pathsAt(upstream, host) }));
    const first = there[0]?.policy.upstream ?? host;
    return [{ host, namespace, upstreams, name: resourceName(first) }];
  });
}

/** The first match over plain HTTP that names one host; an address is no host of the mesh. */
function matchedHost({ match }: UpstreamConfig): string | undefined {
  return match.find(({ protocol, host }) => protocol === 'http:' && isHostName(host))?.host;
}

function isHostName(host: string): boolean {
  return !host.includes('*') && !host.startsWith('[') && isIP(host) === 0;
}

function pathsAt({ match }: UpstreamConfig, host: string): readonly string[] {
  const here = match.filter((pattern) => pattern.protocol === 'http:' && pattern.host === host);
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
