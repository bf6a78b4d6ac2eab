import type { Json, JsonObject } from './json.ts';

/** `config.route.v3.RouteMatch`: every path, and all of these headers. */
export function match(headers: readonly Json[]): JsonObject {
  return headers.length === 0 ? { prefix: '/' } : { prefix: '/', headers };
}

/** A method list as Envoy can match it: a regular expression over the whole value. */
export function methodIn(methods: readonly string[]): JsonObject {
  return { name: ':method', string_match: fullMatch(methodRegex(methods)) };
}

export function methodRegex(methods: readonly string[]): string {
  return methods.map(literal).join('|');
}

/** Envoy's regular expressions match the whole value. */
export function fullMatch(regex: string): JsonObject {
  return { safe_regex: { regex } };
}

/** Methods are tokens (RFC 9110), and `*`, `+`, `.`, `^`, `$`, `|` are token characters. */
function literal(method: string): string {
  return method.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
