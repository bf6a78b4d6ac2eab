import * as v from 'valibot';
import {
  circuitBreaker,
  concurrency,
  type Entries,
  owner,
  propagate,
  retry,
  retryOfOneCall,
  shared,
  tracing,
} from './concern-schemas.ts';
import {
  autoOrBoolean,
  durationOrFalse,
  functionLike,
  list,
  oneOf,
  section,
  upstreamName,
  urlPattern,
} from './fields.ts';
import type { Fallback } from './policy.ts';
import type { PolicyInput, PolicyOverrides, PolicySettings } from './policy-input.ts';
import type { PolicyLayer } from './policy-layer.ts';
import type { UpstreamPattern } from './upstream-pattern.ts';

export type { PolicyInput, PolicyOverrides, PolicySettings } from './policy-input.ts';

/** What users may write, and what it is in milliseconds and without shorthands. */

/** What one call may have otherwise, but for `timeout` and `retry`, which come first in lists. */
const callEntries = {
  idleTimeout: v.optional(durationOrFalse()),
  tracing: v.optional(tracing),
  errors: v.optional(oneOf(['throw', 'response'])),
  fallback: v.optional(functionLike<Fallback>('(error, call) => Response')),
  owner: v.optional(owner),
  propagate: v.optional(propagate),
  streaming: v.optional(autoOrBoolean()),
  mesh: v.optional(autoOrBoolean()),
};

const timeout = v.optional(durationOrFalse());

const settingsEntries = {
  timeout,
  retry: v.optional(retry),
  circuitBreaker: v.optional(circuitBreaker),
  concurrency: v.optional(concurrency),
  ...callEntries,
} satisfies Entries<PolicySettings>;

/** Given, an idle timeout holds for streams as well. */
function withStreamIdleTimeout<L extends PolicyLayer>(layer: L): L {
  return layer.idleTimeout === undefined ? layer : { ...layer, streamIdleTimeout: layer.idleTimeout };
}

export const settingsSchema: v.GenericSchema<PolicySettings, PolicyLayer> = v.pipe(
  section(settingsEntries),
  v.transform(withStreamIdleTimeout),
);

export const policySchema: v.GenericSchema<PolicyInput, PolicyLayer & { readonly upstream: string }> = v.pipe(
  section({ upstream: upstreamName(), ...settingsEntries }),
  v.transform(withStreamIdleTimeout),
);

/** An upstream of a policy file: its name stands above it. */
export const upstreamSchema: v.GenericSchema<
  PolicySettings & { readonly match?: readonly string[] | undefined },
  PolicyLayer & { readonly match?: readonly UpstreamPattern[] | undefined }
> = v.pipe(
  section(
    { match: v.optional(list(urlPattern(), 'a list of URL patterns')), ...settingsEntries },
    'an object ({} for the defaults)',
  ),
  v.transform(withStreamIdleTimeout),
);

const overridesEntries = {
  timeout,
  retry: v.optional(retryOfOneCall),
  ...callEntries,
} satisfies Entries<PolicyOverrides>;

export const overridesSchema: v.GenericSchema<PolicyOverrides, PolicyLayer> = v.pipe(
  section({
    ...overridesEntries,
    upstream: shared('make a policy of its own for another upstream'),
    circuitBreaker: shared('all calls to the upstream share its breakers'),
    concurrency: shared('all calls to the upstream share one limit'),
  }),
  v.transform(withStreamIdleTimeout),
);
