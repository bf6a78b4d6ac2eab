import { BlockList, isIP } from 'node:net';
import { matchesHost } from '../policy/host-pattern.ts';
import type { Policy } from '../policy/policy.ts';

/** Where nothing of one's own can be: link-local (cloud metadata at 169.254.169.254) and EC2's metadata over IPv6. */
const NEVER_OWN = new BlockList();
NEVER_OWN.addSubnet('169.254.0.0', 16, 'ipv4');
NEVER_OWN.addSubnet('fe80::', 10, 'ipv6');
NEVER_OWN.addAddress('fd00:ec2::254', 'ipv6');

/** Only this host answers there: a sidecar's own listener, or a neighbour in the pod. */
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** `metadata.google.internal` and its short form; EC2's resolver answers `instance-data`. */
const METADATA_NAME = /^(metadata|instance-data)(\.|$)/;

/** May our headers (deadline, attempt) go to this URL? `propagate: always` and `never` win over what it looks like. */
export function mayPropagate(policy: Policy, url: URL): boolean {
  const { to } = policy.propagate;
  return to === 'auto' ? isOwnUpstream(policy, url) : to === 'always';
}

/**
 * May `x-meshwise-owner` go to this URL? `mesh: true` and `false` win; `auto` follows `propagate`, but not over
 * `https:`, which a transparent sidecar cannot read.
 */
export function maySendOwner(policy: Policy, url: URL): boolean {
  return policy.mesh === 'auto' ? url.protocol === 'http:' && mayPropagate(policy, url) : policy.mesh;
}

/**
 * Does the host look like one's own: a name without a dot, one under `.svc` or `.cluster.local`, one listed in
 * `propagate.hosts`, or a loopback address? A private address alone says nothing; link-local addresses and the names
 * of metadata services are never one's own, even when they are listed.
 */
export function isOwnUpstream(policy: Policy, url: URL): boolean {
  const host = hostOf(url);
  if (isNeverOwn(host)) return false;
  if (policy.propagate.hosts.some((pattern) => matchesHost(pattern, url.hostname))) return true;
  if (isIP(host) !== 0) return isIn(LOOPBACK, host);
  return host !== '' && (!host.includes('.') || host.endsWith('.svc') || host.endsWith('.cluster.local'));
}

/** Link-local addresses and metadata services: nothing of ours is ever sent there unasked. */
export function isMetadataHost(url: URL): boolean {
  return isNeverOwn(hostOf(url));
}

/** Lower case (URL sees to that), without the brackets of IPv6 and without the root's dot. */
function hostOf(url: URL): string {
  const { hostname } = url;
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname.replace(/\.$/, '');
}

function isNeverOwn(host: string): boolean {
  return isIP(host) === 0 ? METADATA_NAME.test(host) : isIn(NEVER_OWN, host);
}

/** A BlockList looks through IPv4 addresses that are written as IPv6 (`::ffff:169.254.169.254`). */
function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}
