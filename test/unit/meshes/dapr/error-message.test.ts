import { describe, expect, it } from 'vitest';
import { failureIn } from '../../../../src/meshes/dapr/error-message.ts';

const RPC = 'rpc error: code =';

/** Messages of daprd 1.18.3 (run), after `failed to invoke, id: payments, err: `. */
const SAID: readonly {
  readonly said: string;
  readonly kind: string;
  readonly code?: string;
  readonly network?: string;
  readonly attempts?: number;
}[] = [
  { said: 'circuit breaker is open', kind: 'circuit-open' },
  { said: 'too many requests', kind: 'circuit-open' },
  { said: 'context deadline exceeded', kind: 'timeout' },
  { said: `${RPC} DeadlineExceeded desc = context deadline exceeded`, kind: 'timeout' },
  {
    said: `${RPC} Internal desc = error invoking app channel: Get "http://127.0.0.1:13100/reset": EOF`,
    ...{ kind: 'connection', code: 'ECONNRESET', network: 'reset' },
  },
  {
    said: `${RPC} Internal desc = error invoking app channel: Get "http://127.0.0.1:1/": dial tcp 127.0.0.1:1: connect: connection refused`,
    ...{ kind: 'connection', code: 'ECONNREFUSED', network: 'connect-failure' },
  },
  {
    said: `failed to invoke target payments after 3 retries. Error: ${RPC} Unavailable desc = connection error: desc = "transport: Error while dialing: dial tcp 127.0.0.1:37229: connect: connection refused"`,
    ...{ kind: 'connection', code: 'ECONNREFUSED', network: 'connect-failure', attempts: 4 },
  },
  {
    said: `${RPC} Unavailable desc = error reading from server: read tcp 127.0.0.1:1: connection reset by peer`,
    ...{ kind: 'connection', code: 'ECONNRESET', network: 'reset' },
  },
  {
    said: 'no host found with the given ID',
    ...{ kind: 'connection', code: 'ENOTFOUND', network: 'connect-failure' },
  },
  {
    said: "couldn't find service: payments",
    ...{ kind: 'connection', code: 'ENOTFOUND', network: 'connect-failure' },
  },
  {
    said: 'Get "http://nowhere/x": dial tcp: lookup nowhere: no such host',
    ...{ kind: 'connection', code: 'ENOTFOUND', network: 'connect-failure' },
  },
  {
    said: 'failed to look up address: sql: database is closed',
    ...{ kind: 'connection', code: 'EAI_AGAIN', network: 'connect-failure' },
  },
  { said: 'stream too large', kind: 'connection', code: 'EMSGSIZE' },
];

const of = (said: string) => failureIn(`failed to invoke, id: payments, err: ${said}`, 'payments');

describe("what daprd's message says", () => {
  it.each(SAID)('$said', ({ said, kind, code, network, attempts }) => {
    expect(of(said)).toEqual({
      attempts,
      verdict:
        kind === 'connection'
          ? { kind, code, network, said }
          : { kind, said, ...(kind === 'timeout' && { scope: 'attempt', timeout: 0 }) },
    });
  });

  it.each([
    `${RPC} InvalidArgument desc = invalid method: method contains forbidden character: "a?b"`,
    `${RPC} PermissionDenied desc = access control policy has denied access to id: checkout operation: charges verb: GET`,
    'something that nobody has seen yet',
  ])('nothing of connection, limit or time: %s', (said) => {
    expect(of(said)).toBeUndefined();
  });

  it('is about this app, or it is none of ours: an app may pass on what its own daprd said', () => {
    const message = 'failed to invoke, id: ledger, err: circuit breaker is open';
    expect(failureIn(message, 'payments')).toBeUndefined();
    expect(failureIn(message, 'ledger')).toBeDefined();
    expect(failureIn('failed to invoke, id: ledger, err: something: EOF', 'payments')).toBeUndefined();
  });

  it('takes no word from the URL in it', () => {
    const said = `${RPC} Internal desc = error invoking app channel: Get "http://127.0.0.1:1/EOF": something else`;
    expect(of(said)).toBeUndefined();
  });
});
