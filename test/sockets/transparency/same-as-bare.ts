import { describe, expect, it } from 'vitest';
import {
  createMeshwise,
  type FetchFunction,
  type Mode,
  type PolicySettings,
  type WrappedFetch,
} from '../../../src/index.ts';
import type { AnyFetch, Behaviour, Web } from './behaviour.ts';
import { aborts } from './behaviours/aborts.ts';
import { failures } from './behaviours/failures.ts';
import { initMembers } from './behaviours/init-members.ts';
import { inputs } from './behaviours/inputs.ts';
import { redirects } from './behaviours/redirects.ts';
import { requestBodies } from './behaviours/request-bodies.ts';
import { requestHeaders } from './behaviours/request-headers.ts';
import { responseBodies } from './behaviours/response-bodies.ts';
import { responses } from './behaviours/responses.ts';
import { streams } from './behaviours/streams.ts';
import { normalised, type Observation } from './observation.ts';
import { startSite } from './site.ts';

const NODE_MAJOR = Number(process.versions.node.split('.')[0]);

const WATCHED = 'a concurrency limit and an idle timeout';

const EVERYTHING_OFF: PolicySettings = {
  timeout: false,
  idleTimeout: false,
  retry: false,
  circuitBreaker: false,
  tracing: 'off',
  propagate: 'never',
  mesh: false,
};

/** How a fetch is wrapped. A client of its own for each run: circuits and budgets do not carry over. */
const WAYS: Readonly<Record<string, (fetch: FetchFunction) => WrappedFetch>> = {
  'everything off': (fetch) => aClient(fetch, EVERYTHING_OFF),
  'the default policy': (fetch) => aClient(fetch, { propagate: 'never' }),
  'the default policy, with headers of ours': (fetch) => aClient(fetch, { propagate: 'always' }),
  [WATCHED]: (fetch) => aClient(fetch, { propagate: 'never', concurrency: { limit: 8, queue: 8 }, idleTimeout: '30s' }),
  'mode off': (fetch) => aClient(fetch, {}, 'off'),
  'a URL without a policy': (fetch) => createMeshwise({ env: {}, fetch }).fetch,
};

const TABLE: Readonly<Record<string, readonly Behaviour[]>> = {
  inputs,
  'init members': initMembers,
  'request headers': requestHeaders,
  'request bodies': requestBodies,
  redirects,
  aborts,
  responses,
  'response bodies': responseBodies,
  streams,
  failures,
};

function aClient(fetch: FetchFunction, policy: PolicySettings, mode: Mode = 'process'): WrappedFetch {
  return createMeshwise({ env: {}, mode, fetch, upstreams: { site: policy } }).client('site');
}

async function observe({ shows, serve, retried }: Behaviour, web: Web): Promise<Observation> {
  const site = await startSite(serve);
  try {
    const shown = await shows(web, site);
    const seen = site.requests.map(({ headers, ...request }) => ({ ...request, headers: headers.filter(isNotOurs) }));
    return normalised({ shown, seen: retried ? 'not compared' : seen }, site.port);
  } finally {
    site.stop();
  }
}

/** The documented difference: deadline and attempt go to upstreams of one's own, which loopback addresses are. */
function isNotOurs(line: string): boolean {
  return !line.startsWith('x-meshwise-');
}

/** Shows every behaviour of the table by a bare fetch, and by the same fetch wrapped in every way. */
export function behavesAsBare(web: Web): void {
  describe.each(Object.entries(TABLE))('%s', (_, behaviours) => {
    const known = behaviours.filter(({ since = 0 }) => since <= NODE_MAJOR);
    it.each(known)('$name', async (behaviour) => {
      const bare = await observe(behaviour, web);
      // At the same time, since each has a server of its own, and most of a run is waiting.
      const observations = Object.entries(WAYS).map(async ([way, wrap]) => {
        if (behaviour.unwatched && way === WATCHED) return { way, observation: bare };
        return { way, observation: await observe(behaviour, { ...web, fetch: wrap(web.fetch) as AnyFetch }) };
      });
      for (const { way, observation } of await Promise.all(observations)) expect(observation, way).toEqual(bare);
    });
  });
}
