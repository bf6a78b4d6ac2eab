import type { SidecarPath } from '../call/sidecar-word.ts';
import { EnvoyReader } from '../meshes/envoy/envoy-reader.ts';
import type { Policy } from '../policy/policy.ts';
import type { NamedRule } from './handover.ts';

/** The word of a sidecar that has one of these rules; it stands in the way of the upstream's own URL. */
export function verdictsOfRule(policy: Policy, rules: readonly NamedRule[]): SidecarPath {
  const hashes = rules.map(({ hash }) => hash);
  return { reader: new EnvoyReader({ upstream: policy.upstream, hashes, limits: policy }) };
}
