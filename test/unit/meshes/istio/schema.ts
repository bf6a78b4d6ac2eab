import { readFileSync } from 'node:fs';
import { mistakes, type Schema } from '../openapi.ts';

const SCHEMAS = JSON.parse(
  readFileSync(new URL('../../../fixtures/istio-schema.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Schema>>;

/** Every mistake in a resource by Istio's own schema. */
export function schemaMistakes(resource: { readonly [key: string]: unknown }): string[] {
  const schema = SCHEMAS[String(resource['kind'])];
  if (schema === undefined) return [`no schema for ${String(resource['kind'])}`];
  return mistakes(resource['spec'], schema, 'spec');
}
