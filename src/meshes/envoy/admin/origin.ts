/** Whom a request is for, as the proxy sees it. */
export interface Origin {
  /** Without brackets, lower case. */
  readonly host: string;
  readonly port: number;
  /** The `host` header as fetch writes it: without the scheme's own port. */
  readonly authority: string;
  /** The same without any port. */
  readonly bareAuthority: string;
}

export function originOf(url: URL): Origin {
  const { hostname, port, protocol, host } = url;
  return Object.freeze({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
    authority: host,
    bareAuthority: hostname,
  });
}
