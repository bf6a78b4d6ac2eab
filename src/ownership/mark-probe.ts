import { type Mark, OWNED_BY_PROCESS, OWNER_HEADER, parseMark } from '../meshes/mark.ts';
import type { Policy } from '../policy/policy.ts';
import { isMetadataHost, maySendOwner } from './own-upstream.ts';

/** Methods that change nothing (RFC 9110 §9.2.1). */
export const PROBE_METHODS = ['HEAD', 'GET', 'OPTIONS'] as const;
export type ProbeMethod = (typeof PROBE_METHODS)[number];

/** What one hands-off request showed. */
export type ProbeResult =
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string }
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** The header as it came; `undefined` without one. */
      readonly header: string | undefined;
      /** The header where it is a mark. */
      readonly mark: Mark | undefined;
    };

/** Milliseconds. */
const PROBE_TIMEOUT = 5_000;

/**
 * Asks an upstream with one safe request of `x-meshwise-owner: process` for the mark of its route. Not over `https:`,
 * not to metadata services, and not where the policy does not let the header go. Follows no redirect, reads no body.
 */
export async function probeMark(policy: Policy, url: URL, method: ProbeMethod): Promise<ProbeResult> {
  const why = reasonNotToProbe(policy, url);
  if (why !== undefined) return { kind: 'skipped', why };
  try {
    const response = await fetch(`${url.origin}${url.pathname}${url.search}`, {
      method,
      headers: { [OWNER_HEADER]: OWNED_BY_PROCESS },
      redirect: 'manual',
      signal: AbortSignal.timeout(PROBE_TIMEOUT),
    });
    await response.body?.cancel();
    const header = response.headers.get(OWNER_HEADER);
    return { kind: 'answered', status: response.status, header: header ?? undefined, mark: parseMark(header) };
  } catch (error) {
    return { kind: 'failed', why: failureOf(error) };
  }
}

function reasonNotToProbe(policy: Policy, url: URL): string | undefined {
  if (url.protocol === 'https:') return 'https: is opaque to a transparent sidecar';
  if (isMetadataHost(url)) return 'link-local addresses and metadata services are never asked';
  if (policy.mesh === false) return 'mesh: false in the policy';
  return maySendOwner(policy, url) ? undefined : 'the host is not known as one of your own';
}

/** The system's code says more than `fetch failed`. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${PROBE_TIMEOUT / 1_000} s`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error.message;
}
