import { BlockList, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Where an Envoy admin listens, as node:http takes it. */
export type AdminAddress =
  | { readonly host: string; readonly port: number; readonly shown: string }
  | { readonly socketPath: string; readonly shown: string };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

const DEFAULT_PORT = 15_000;

/**
 * Reads `http://127.0.0.1:15000`, `127.0.0.1:15000` or `unix:/run/envoy.sock`. Only this host: loopback, an address of
 * its own, or a socket; anything else is refused, with the reason.
 */
export function adminAddress(
  text: string,
  ownAddresses: () => readonly string[] = addressesOfThisHost,
): AdminAddress | { readonly noEvidence: string } {
  if (text.startsWith('unix:')) {
    const socketPath = text.slice('unix:'.length);
    return socketPath.startsWith('/')
      ? { socketPath, shown: text }
      : { noEvidence: 'an Envoy admin on a socket is unix: and an absolute path' };
  }
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  if (url === null || url.protocol !== 'http:' || url.username !== '' || url.password !== '' || url.pathname !== '/') {
    return { noEvidence: 'an Envoy admin is http://host:port or unix:/path' };
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!isThisHost(host, ownAddresses)) return { noEvidence: `${url.hostname} is not an address of this host` };
  const port = url.port === '' ? (/:80\/?$/.test(text) ? 80 : DEFAULT_PORT) : Number(url.port);
  return { host, port, shown: `http://${url.hostname}:${port}` };
}

function isThisHost(host: string, ownAddresses: () => readonly string[]): boolean {
  if (host === 'localhost') return true;
  if (isIP(host) === 0) return false;
  return LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4') || ownAddresses().includes(host);
}

function addressesOfThisHost(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address));
}
