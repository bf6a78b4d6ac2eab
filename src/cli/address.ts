import { isIPv6 } from 'node:net';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Reads `payments:8080`, `127.0.0.1:0`, `[::1]:8080`; `undefined` for anything else. */
export function readAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed))) return undefined;
  return { host, port };
}

export function addressText({ host, port }: { readonly host?: string | undefined; readonly port: number }): string {
  return `${host !== undefined && isIPv6(host) ? `[${host}]` : host}:${port}`;
}
