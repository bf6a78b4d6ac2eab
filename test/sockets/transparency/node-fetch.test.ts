import { describe } from 'vitest';
import type { AnyFetch, DispatchingAgent } from './behaviour.ts';
import { behavesAsBare } from './same-as-bare.ts';

/** Where Node keeps its agent, once it has made one. Here nothing may load undici: its package would put its own there. */
const AGENT = Symbol.for('undici.globalDispatcher.1');

describe('the wrapped fetch of Node', () => {
  behavesAsBare({
    ...{ fetch: globalThis.fetch as AnyFetch, Request, Response, Headers, FormData },
    agent: () => (globalThis as unknown as { [AGENT]: DispatchingAgent })[AGENT],
  });
});
