import type { PassiveSigns, Question, Signs } from './signs.ts';

/** What meshwise knows of a mesh before it has seen any of its configuration. One folder each; `list.ts` has them all. */
export interface Mesh {
  /** The word for MESHWISE_MESH. */
  readonly name: string;
  readonly title: string;
  readonly defaults: MeshDefaults;
  /** Does a call to the upstream's own URL go through its sidecar? */
  readonly transparent: boolean;
  /** What to ask on loopback, where the passive signs hint at this mesh; nothing else is asked. */
  questions(signs: PassiveSigns): readonly Question[];
  recognise(signs: Signs): Recognition | undefined;
}

/** What a mesh does for an upstream of which nobody has configured anything. */
export interface MeshDefaults {
  /** `undefined`: it retries nothing. */
  readonly retries: DefaultRetries | undefined;
  /** Milliseconds for a whole request; `undefined`: none. */
  readonly timeout: number | undefined;
  /** How one gets rid of its retries; `undefined`: there are none. */
  readonly switchOff: string | undefined;
  /** Where this is written, or how it was seen. */
  readonly source: string;
}

export interface DefaultRetries {
  readonly limit: number;
  /** In words; most are conditions as Envoy has them. */
  readonly on: readonly string[];
  /** Also of what was processed perhaps: a POST may take effect twice. */
  readonly repeatsProcessed: boolean;
}

/** Frozen. */
export interface Recognition {
  /**
   * - `sidecar`: a proxy of this process's own, or one that may be (`ours`)
   * - `ambient`: traffic is captured on its way, by a proxy that knows no HTTP
   * - `proxyless`: gRPC only
   * - `stranger`: some other program where the mesh would be
   */
  readonly kind: 'sidecar' | 'ambient' | 'proxyless' | 'stranger';
  /** `announced`: signs of it, and no answer yet. */
  readonly state: 'running' | 'announced';
  /** `undefined`: nothing says whose it is. */
  readonly ours: boolean | undefined;
  readonly version: string | undefined;
  /** The port of an Envoy admin on 127.0.0.1 that answered as one. */
  readonly admin: number | undefined;
  /** One clause each: names, ports and numbers only. */
  readonly evidence: readonly string[];
}

export function recognition(found: Partial<Recognition> & Pick<Recognition, 'kind' | 'evidence'>): Recognition {
  const unknown = { state: 'running', ours: undefined, version: undefined, admin: undefined } as const;
  return Object.freeze({ ...unknown, ...found, evidence: Object.freeze([...found.evidence]) });
}

/** What a mesh does unasked, in one sentence. */
export function shownDefaults({ title, defaults: { retries, timeout } }: Mesh): string {
  const retrying =
    retries === undefined
      ? 'retries nothing'
      : `retries ${retries.limit} times on ${retries.on.join(', ')}${retries.repeatsProcessed ? ', POST included' : ''}`;
  return `${title} by default ${retrying}, and has ${timeout === undefined ? 'no timeout' : `a timeout of ${timeout / 1000} s`}`;
}
