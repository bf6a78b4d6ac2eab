import { field, list, name } from '../envoy/admin/json-fields.ts';

/** What daprd tells of itself (`GET /v1.0/metadata`): names only, none of its policies. */
export interface DaprMetadata {
  readonly version: string;
  /** Names of the Resiliency resources that it has loaded; `undefined`: this version does not say (before 1.18). */
  readonly resiliencies: readonly string[] | undefined;
}

/** `undefined` for anything that is not daprd's. */
export function daprMetadata(json: unknown): DaprMetadata | undefined {
  const version = name(field(json, 'runtimeVersion'));
  if (version === undefined || name(field(json, 'id')) === undefined) return undefined;
  const names = list(field(json, 'resiliencies')).flatMap((resiliency) => name(field(resiliency, 'name')) ?? []);
  // An empty list is left out, as every list before 1.18 is (daprd 1.18.3, run; 1.16 and 1.17: source).
  const says = names.length > 0 || isAtLeast(version, 1, 18);
  return Object.freeze({ version, resiliencies: says ? Object.freeze(names) : undefined });
}

function isAtLeast(version: string, major: number, minor: number): boolean {
  const [, ofMajor, ofMinor] = /^v?(\d+)\.(\d+)/.exec(version) ?? [];
  if (ofMajor === undefined) return false;
  return Number(ofMajor) > major || (Number(ofMajor) === major && Number(ofMinor) >= minor);
}
