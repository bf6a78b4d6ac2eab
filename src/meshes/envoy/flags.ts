import type { SidecarVerdict } from '../../call/sidecar-word.ts';
import type { Policy } from '../../policy/policy.ts';
import type { VerdictHeader } from '../verdict-header.ts';

/** Of a connection, with Node's word for it (Envoy 1.40, run: refused, connect timeout, FIN, RST, garbage, no endpoint, no cluster). */
const CONNECTION_FLAGS = [
  ['UF', 'ECONNREFUSED', 'connect-failure'],
  ['UH', 'EHOSTUNREACH', 'connect-failure'],
  ['NC', 'ENOTFOUND', 'connect-failure'],
  ['UC', 'ECONNRESET', 'reset'],
  ['UR', 'ECONNRESET', 'reset'],
  ['UPE', 'EPROTO', 'reset'],
] as const;

/**
 * What Envoy answers with these flags (1.40, run). `SI` while it still waits for the request: 408. `NC` has the route's
 * own status, and Istio writes 500 for Gateway API. All others have 503.
 */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  UT: [504],
  SI: [504, 408],
  UPE: [502],
  NC: [503, 404, 500],
};
const USUAL_STATUS = [503];

/** The limits that the exported rule has from the policy. */
export type RuleLimits = Pick<Policy, 'timeout' | 'retry' | 'streamIdleTimeout' | 'concurrency'>;

/**
 * Why Envoy answered in the upstream's place, by its response flags and details; `undefined` where it did not, or for
 * a reason that is none of connection, limit or time.
 *
 * Flags alone lie: `UO` with `via_upstream` stands on the upstream's own 503 when a retry was refused, `UO,UF` on a
 * refused connection whose retry was, and `URX` with one attempt and no retry (Envoy 1.40, run).
 */
export function verdictOfFlags(header: VerdictHeader, limits: RuleLimits): SidecarVerdict | undefined {
  const { flags, details } = header;
  const flag = decisiveFlag(header);
  if (flag === undefined) return undefined;
  const said = `${flags.join(',')} ${details}`;
  switch (flag) {
    case 'UO':
      return { kind: 'overflow', limit: limits.concurrency === false ? 0 : limits.concurrency.limit, said };
    case 'UT':
      return { kind: 'timeout', ...timeoutOf(details, limits), said };
    case 'SI':
      return { kind: 'timeout', scope: 'idle', timeout: limits.streamIdleTimeout || 0, said };
    default: {
      const [, usual, network] = flag;
      const code = flag[0] === 'UF' && details.includes('connection_timeout') ? 'ETIMEDOUT' : usual;
      const refused = details.includes('refused_stream');
      return { kind: 'connection', code, network: refused ? 'refused-stream' : network, said };
    }
  }
}

/** Has the reply a status that Envoy gives it? What says so with any other is not Envoy's. */
export function isStatusOf(header: VerdictHeader, status: number): boolean {
  const flag = decisiveFlag(header);
  if (flag === undefined) return true;
  return (STATUSES[typeof flag === 'string' ? flag : flag[0]] ?? USUAL_STATUS).includes(status);
}

function decisiveFlag(header: VerdictHeader): 'UO' | 'UT' | 'SI' | (typeof CONNECTION_FLAGS)[number] | undefined {
  const { flags, details } = header;
  if (isOfUpstream(header)) return undefined;
  if (flags.includes('UO') && details.includes('{overflow}')) return 'UO';
  if (flags.includes('UT')) return 'UT';
  if (flags.includes('SI')) return 'SI';
  return CONNECTION_FLAGS.find(([flag]) => flags.includes(flag));
}

/** Who wrote the reply. What is reset after its headers is the upstream's as far as it came. */
export function isOfUpstream({ details }: Pick<VerdictHeader, 'details'>): boolean {
  return details.startsWith('via_upstream') || details.includes('after_response_started');
}

function timeoutOf(
  details: string,
  { timeout, retry }: RuleLimits,
): { readonly scope: 'call' | 'attempt'; readonly timeout: number } {
  if (!details.includes('per_try')) return { scope: 'call', timeout: timeout || 0 };
  return { scope: 'attempt', timeout: (retry !== false && retry.perTryTimeout) || 0 };
}
