import * as undici from 'undici';
import type { FetchFunction } from '../../../src/index.ts';

/** The clients of the matrix: Node's own fetch, and the npm package's. */
export const CLIENTS = ['fetch', 'undici.fetch'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** A fetch and the classes that belong to it: the npm package does not know Node's, nor the reverse. */
export interface Realm {
  readonly fetch: FetchFunction;
  readonly FormData: typeof FormData;
  readonly Request: typeof Request;
}

export const REALMS: Readonly<Record<ClientName, Realm>> = {
  fetch: { fetch: (input, init) => fetch(input, init), FormData, Request },
  // The package's own types differ from Node's in details that do not matter here.
  'undici.fetch': {
    fetch: undici.fetch as unknown as FetchFunction,
    FormData: undici.FormData as unknown as typeof FormData,
    Request: undici.Request as unknown as typeof Request,
  },
};
