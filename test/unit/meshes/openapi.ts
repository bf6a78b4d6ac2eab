/** What the extracts of the CRDs use of OpenAPI. */
export interface Schema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly not?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly 'x-duration-of-1ms'?: boolean;
}

/** Every mistake in a value; unknown fields count, which the API server drops in silence. */
export function mistakes(value: unknown, schema: Schema, path: string): string[] {
  const wrong = (what: string) => [`${path}: ${what}`];
  const { type, enum: words } = schema;
  if (words !== undefined && !words.includes(value)) return wrong(`not one of ${words.join(', ')}`);
  const alternatives = [
    ...(schema.oneOf === undefined ? [] : one(value, schema.oneOf, path)),
    ...any(value, schema, path),
  ];
  if (schema.not !== undefined && mistakes(value, { ...schema.not }, path).length === 0)
    return wrong('is what it must not be');
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    if (type !== undefined && type !== 'object') return wrong(`an object, not ${type}`);
    const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
    return [
      ...alternatives,
      ...missing.map((name) => `${path}.${name}: is missing`),
      ...Object.entries(value).flatMap(([name, of]) => {
        const known = schema.properties?.[name] ?? schema.additionalProperties;
        if (known !== undefined) return mistakes(of, known, `${path}.${name}`);
        return type === 'object' && schema.properties !== undefined ? [`${path}.${name}: unknown field`] : [];
      }),
    ];
  }
  if (Array.isArray(value)) {
    if (type !== undefined && type !== 'array') return wrong(`a list, not ${type}`);
    const { minItems = 0, maxItems = Infinity } = schema;
    if (value.length < minItems || value.length > maxItems) return wrong(`${value.length} items`);
    return value.flatMap((item, index) => mistakes(item, schema.items ?? {}, `${path}[${index}]`));
  }
  if (typeof value === 'string') {
    if (type !== undefined && type !== 'string') return wrong(`a string, not ${type}`);
    if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(value)) return wrong(`not ${schema.pattern}`);
    return schema['x-duration-of-1ms'] === true && !/^[1-9]\d*(ms|s|m|h)$/.test(value) ? wrong('no duration') : [];
  }
  if (typeof value === 'number') {
    const integer = type === 'integer' && Number.isInteger(value);
    if (type !== undefined && type !== 'number' && !integer) return wrong(`the number ${value}, not ${type}`);
    return value < (schema.minimum ?? -Infinity) || value > (schema.maximum ?? Infinity) ? wrong('out of range') : [];
  }
  return type === undefined || type === typeof value ? [] : wrong(`${String(value)}, not ${type}`);
}

function one(value: unknown, schemas: readonly Schema[], path: string): string[] {
  const fitting = schemas.filter((schema) => mistakes(value, schema, path).length === 0).length;
  return fitting === 1 ? [] : [`${path}: fits ${fitting} of the alternatives`];
}

function any(value: unknown, { anyOf }: Schema, path: string): string[] {
  if (anyOf === undefined || anyOf.some((schema) => mistakes(value, schema, path).length === 0)) return [];
  return [`${path}: fits none of the alternatives`];
}
