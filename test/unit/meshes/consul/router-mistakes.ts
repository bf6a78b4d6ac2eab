import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { asObject, asObjects, asTexts } from '../../../../src/meshes/json-shape.ts';

/*
 * What Consul 1.21 checks of a service-router before it takes it: agent/structs/config_entry_discoverychain.go,
 * ServiceRouterConfigEntry.Validate, and the fields of its structs, as an unknown one is refused.
 */

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'];
const CONDITIONS = [
  '5xx',
  'gateway-error',
  'reset',
  'connect-failure',
  'envoy-ratelimited',
  'retriable-4xx',
  'refused-stream',
];
const PATHS = ['pathExact', 'pathPrefix', 'pathRegex'];
const HTTP = [...PATHS, 'caseInsensitive', 'header', 'queryParam', 'methods'];
const WAYS_OF_A_HEADER = ['present', 'exact', 'prefix', 'suffix', 'regex'];
const DESTINATION = [
  ...['service', 'serviceSubset', 'namespace', 'partition', 'prefixRewrite', 'requestTimeout', 'idleTimeout'],
  ...['numRetries', 'retryOnConnectFailure', 'retryOn', 'retryOnStatusCodes', 'requestHeaders', 'responseHeaders'],
];
/** Go's time.ParseDuration, as far as anybody writes it. */
const DURATION = /^-?(\d+(\.\d+)?(h|m|s|ms))+$/;

export function routerMistakes(routes: readonly JsonObject[]): string[] {
  return routes.flatMap((route, index) => {
    const [http, destination] = [asObject(asObject(route['match'])['http']), asObject(route['destination'])];
    const paths = PATHS.filter((path) => http[path] !== undefined);
    const methods = asTexts(http['methods']);
    const timeouts = [destination['requestTimeout'], destination['idleTimeout']].filter((value) => value !== undefined);
    return [
      ...unknown(route, ['match', 'destination']),
      ...unknown(http, HTTP),
      ...unknown(destination, DESTINATION),
      ...asObjects(http['header']).flatMap((header) => unknown(header, ['name', ...WAYS_OF_A_HEADER, 'invert'])),
      ...(paths.length > 1 ? ['several paths'] : []),
      ...(methods.some((method) => !METHODS.includes(method)) ? ['an unknown method'] : []),
      ...(new Set(methods).size < methods.length ? ['a method twice'] : []),
      ...(asObjects(http['header']).some((header) => WAYS_OF_A_HEADER.filter((way) => header[way]).length !== 1)
        ? ['a header that is not matched in one way']
        : []),
      ...(destination['prefixRewrite'] !== undefined && !['pathExact', 'pathPrefix'].includes(paths[0] ?? '')
        ? ['rewrites without a path']
        : []),
      ...(asTexts(destination['retryOn']).some((word) => !CONDITIONS.includes(word)) ? ['an unknown condition'] : []),
      ...(timeouts.some((value) => !DURATION.test(String(value))) ? ['no duration'] : []),
    ].map((mistake) => `routes[${index}]: ${mistake}`);
  });
}

function unknown(value: JsonObject, fields: readonly string[]): string[] {
  return Object.keys(value)
    .filter((field) => !fields.includes(field))
    .map((field) => `unknown field ${field}`);
}
