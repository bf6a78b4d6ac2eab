/** Anything that JSON can say: Envoy's messages in their JSON form (proto3 JSON mapping, snake_case names). */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** Envoy's form of milliseconds: seconds with an `s` (google.protobuf.Duration), without an exponent. */
export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(6).replace(/\.?0+$/, '')}s`;
}

/** `0s` switches a timeout off in Envoy; leaving a route's out means 15 s (Envoy 1.40, run: 504 at 15002 ms). */
export function timeout(ms: number | false): string {
  return ms === false ? '0s' : seconds(ms);
}
