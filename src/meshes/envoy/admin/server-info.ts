import { field, fieldAt, name } from './json-fields.ts';

/** What is kept of `/server_info` (120 kB, most of it a list of extensions). */
export interface ServerInfo {
  /** `1.40.0`, of Envoy. */
  readonly version: string;
  readonly node: { readonly id: string | undefined; readonly cluster: string | undefined };
}

/** @returns why not, where the answer is not that of an Envoy which takes requests. */
export function serverInfo(value: unknown): ServerInfo | { readonly noEvidence: string } {
  // commit/version/Clean or Modified/RELEASE or DEBUG/library (Envoy 1.40, run).
  const version = /^[^/]*\/(\d+\.\d+\.\d+[\w.-]{0,40})\//.exec(name(field(value, 'version')) ?? '')?.[1];
  const state = name(field(value, 'state'));
  if (version === undefined || state === undefined) return { noEvidence: 'its /server_info is not that of an Envoy' };
  if (state !== 'LIVE') {
    const shown = /^[A-Z_]{1,40}$/.test(state) ? state : 'unknown';
    return { noEvidence: `Envoy is not live: its state is ${shown}` };
  }
  const node = { id: name(fieldAt(value, 'node', 'id')), cluster: name(fieldAt(value, 'node', 'cluster')) };
  return Object.freeze({ version, node: Object.freeze(node) });
}
