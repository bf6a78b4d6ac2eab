import { readFileSync } from 'node:fs';
import type { JsonObject } from '../../../../src/meshes/envoy/json.ts';
import { mistakes, type Schema } from '../openapi.ts';

const { HTTPRoute: SCHEMA } = JSON.parse(
  readFileSync(new URL('../../../fixtures/gateway-api-schema.json', import.meta.url), 'utf8'),
) as { readonly HTTPRoute: Schema };

/** Every mistake in an HTTPRoute by the CRD's schema, and by those of its CEL rules that an export could break. */
export function schemaMistakes(route: JsonObject): string[] {
  const { rules = [] } = route['spec'] as { readonly rules?: readonly JsonObject[] };
  const matches = rules.map((rule) => (rule['matches'] ?? [{}]) as readonly JsonObject[]);
  const names = rules.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const cel = [
    ...(matches.flat().length > 128 ? ['more than 128 matches'] : []),
    ...(new Set(names).size < names.length ? ['two rules of one name'] : []),
    ...rules.flatMap((rule, index) => {
      const filters = (rule['filters'] ?? []) as readonly JsonObject[];
      const types = filters.map(({ type }) => type);
      const replaces = JSON.stringify(filters).includes('"ReplacePrefixMatch"');
      return [
        ...(new Set(types).size < types.length ? [`rules[${index}]: a filter twice`] : []),
        ...(replaces && matches[index]?.length !== 1 ? [`rules[${index}]: ReplacePrefixMatch takes one match`] : []),
      ];
    }),
  ];
  return [...mistakes(route['spec'], SCHEMA, 'spec'), ...cel];
}
