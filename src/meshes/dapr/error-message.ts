import type { SidecarVerdict } from '../../call/sidecar-word.ts';

export interface DaprFailure {
  readonly verdict: SidecarVerdict;
  /** Of daprd's built-in retries, the first one included; `undefined`: the message does not say. */
  readonly attempts: number | undefined;
}

/** What a message says, and Node's word for it; the first that is in it counts. All of them were seen in daprd 1.18.3 (run), or stand in its source. */
const CONNECTIONS = [
  ['connect: connection refused', 'ECONNREFUSED', 'connect-failure'],
  ['no such host', 'ENOTFOUND', 'connect-failure'],
  ['no host found with the given ID', 'ENOTFOUND', 'connect-failure'],
  ["couldn't find service", 'ENOTFOUND', 'connect-failure'],
  ['failed to look up address', 'EAI_AGAIN', 'connect-failure'],
  ['not initialized', 'EAI_AGAIN', 'connect-failure'],
  ['Error while dialing', 'ECONNREFUSED', 'connect-failure'],
  ['i/o timeout', 'ETIMEDOUT', 'connect-failure'],
  ['connect: network is unreachable', 'ENETUNREACH', 'connect-failure'],
  ['connect: no route to host', 'EHOSTUNREACH', 'connect-failure'],
  ['stream too large', 'EMSGSIZE', undefined],
  ['connection reset by peer', 'ECONNRESET', 'reset'],
  ['context canceled', 'ECONNRESET', 'reset'],
  ['EOF', 'ECONNRESET', 'reset'],
  ['code = Unavailable', 'ECONNRESET', 'reset'],
] as const;

const BUILT_IN = /^failed to invoke target \S+ after (\d+) retries\. /;

/**
 * What daprd's `failed to invoke, id: <app>, err: …` says about a call to this app; `undefined` for a message about
 * another app, which the app itself may have passed on, and for errors that say nothing about connection or limits
 * (a method that it refuses, a permission).
 */
export function failureIn(message: string, app: string): DaprFailure | undefined {
  const opening = `failed to invoke, id: ${app}, err: `;
  if (!message.startsWith(opening)) return undefined;
  const said = message.slice(opening.length);
  const [, retries] = BUILT_IN.exec(said) ?? [];
  const verdict = verdictOf(said);
  return verdict && { verdict, attempts: retries === undefined ? undefined : Number(retries) + 1 };
}

function verdictOf(said: string): SidecarVerdict | undefined {
  // A half-open breaker says `too many requests`. Both come from the policy, whose errors stand alone.
  if (said === 'circuit breaker is open' || said === 'too many requests') return { kind: 'circuit-open', said };
  if (said.endsWith('context deadline exceeded')) return { kind: 'timeout', scope: 'attempt', timeout: 0, said };
  // Without the URL, which is the caller's.
  const told = said.replace(/\b[A-Z][a-z]+ "[^"]*"/, '');
  const found = CONNECTIONS.find(([words]) => told.includes(words));
  return found && { kind: 'connection', code: found[1], network: found[2], said };
}
