/**
 * `node --import meshwise/register app.js`: every call by the global fetch gets the policy that the file named by
 * `MESHWISE_CONFIG` (default `meshwise.yaml`, where it exists) has for its URL. No code change.
 * A library that took `globalThis.fetch` aside before this ran goes past it.
 */
import { existsSync } from 'node:fs';
import type { FetchFunction } from '../call/fetch-types.ts';
import { createMeshwise } from './meshwise.ts';

const DEFAULT_FILE = 'meshwise.yaml';

const fetch: FetchFunction = globalThis.fetch;
const file = process.env['MESHWISE_CONFIG'] === undefined && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined;
globalThis.fetch = createMeshwise({ fetch, file }).fetch as typeof globalThis.fetch;
