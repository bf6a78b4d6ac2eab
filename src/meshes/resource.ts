import type { Problem } from '../policy/config-error.ts';
import type { JsonObject } from './envoy/json.ts';
import { asObject, asText, without } from './json-shape.ts';

/** What an export makes of one host's resources. */
export interface Exported {
  readonly resources: readonly JsonObject[];
  /** What of `resources` was there before, in its form then; `undefined` for a new one. In the same order. */
  readonly before: readonly (JsonObject | undefined)[];
  readonly routes: number;
  readonly notes: readonly string[];
  /** Why there is nothing to export. */
  readonly problems: readonly Problem[];
}

/** Nothing is exported, for this reason. */
export function refused(path: string, message: string): Exported {
  return { resources: [], before: [], routes: 0, notes: [], problems: [{ path, message }] };
}

/** Rules that should be kept and are not there. */
export function keepProblems(keep: readonly string[], found: readonly string[]): Problem[] {
  return keep
    .filter((hash) => !found.includes(hash))
    .map((hash) => ({ path: `--keep ${hash}`, message: 'no rule with this hash was given in --merge or --check' }));
}

/** Of a Kubernetes resource, or of Consul's config entry. */
export function titleOf(resource: JsonObject): string {
  const { Kind: kind, Name: ofEntry } = resource;
  if (kind !== undefined) return `${String(kind)} ${String(ofEntry)}`;
  const { name, namespace } = asObject(resource['metadata']);
  return [String(resource['kind']), [asText(namespace), asText(name)].filter(Boolean).join('/')].join(' ');
}

const SERVER_OWNED = ['creationTimestamp', 'generation', 'managedFields', 'resourceVersion', 'selfLink', 'uid'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Without what the API server has written into it. */
export function asWritten(resource: JsonObject): JsonObject {
  const metadata = without(asObject(resource['metadata']), ...SERVER_OWNED);
  const annotations = without(asObject(metadata['annotations']), LAST_APPLIED);
  return {
    ...without(resource, 'status'),
    metadata: { ...without(metadata, 'annotations'), ...(Object.keys(annotations).length > 0 && { annotations }) },
  };
}
