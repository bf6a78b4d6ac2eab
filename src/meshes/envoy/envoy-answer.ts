import { type Answer, jsonIn } from '../signs.ts';
import { field } from './admin/json-fields.ts';
import { serverInfo } from './admin/server-info.ts';

/** What `/server_info` of an Envoy admin says of itself. */
export interface EnvoyAnswer {
  /** `undefined` while it is not live. */
  readonly version: string | undefined;
  readonly nodeId: string | undefined;
}

const NOT_LIVE: ReadonlySet<unknown> = new Set(['PRE_INITIALIZING', 'INITIALIZING', 'DRAINING']);

/** Other programs answer 200 to any path: only an Envoy has its version, its state and its own word in `server`. */
export function envoyAnswer(answer: Answer | undefined): EnvoyAnswer | undefined {
  const json = jsonIn(answer);
  if (json === undefined || answer?.server !== 'envoy') return undefined;
  const info = serverInfo(json);
  if (!('noEvidence' in info)) return { version: info.version, nodeId: info.node.id };
  return NOT_LIVE.has(field(json, 'state')) ? { version: undefined, nodeId: undefined } : undefined;
}
