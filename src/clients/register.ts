/**
 * `node --import meshwise/register app.js`: every call by the global fetch gets the policy that the file named by
 * `MESHWISE_CONFIG` (default `meshwise.yaml`, where it exists) has for its URL. No code change.
 * `setMode` of `meshwise` switches it. Under `MESHWISE_STRICT` the application does not start where the operator's word
 * is not so.
 * A library that took `globalThis.fetch` aside before this ran goes past it.
 */
import { existsSync } from 'node:fs';
import type { FetchFunction } from '../call/fetch-types.ts';
import { readEnvironmentLeniently } from '../ownership/environment.ts';
import { createMeshwise } from './meshwise.ts';
import { reachBySetMode } from './process-mode.ts';

const DEFAULT_FILE = 'meshwise.yaml';

const fetch: FetchFunction = globalThis.fetch;
const file = process.env['MESHWISE_CONFIG'] === undefined && existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined;
const meshwise = createMeshwise({ fetch, file });
// Switched together with wrapFetch's, and yet apart from it: where an application wraps this fetch once more, both would
// wait for one slot of a concurrency limit, or for the one probe of a circuit.
reachBySetMode(meshwise.setMode);
globalThis.fetch = meshwise.fetch as typeof globalThis.fetch;
// Nothing of the application has begun: what is not so may still end the start.
if (readEnvironmentLeniently(process.env).environment.strict) await meshwise.ready();
