/** Whose span: a call's (INTERNAL), an attempt's (CLIENT), or an attempt's that an instrumentation makes (`delegate`). */
export type SpanKindOfOurs = 'call' | 'attempt' | 'delegated attempt';

interface Declared {
  readonly type: 'string' | 'int' | 'double' | 'string[]';
  readonly on: readonly SpanKindOfOurs[];
  /** `creation`: samplers see it. */
  readonly set: 'creation' | 'end';
  readonly when: string;
  readonly what: string;
}

const BOTH = ['call', 'attempt'] as const;
const ATTEMPT = ['attempt'] as const;
const CALL = ['call'] as const;

/*
 * Only its types are needed where spans are made: whatever is not declared here does not compile there, and the tables
 * of the documentation are made of it.
 */

/** Every attribute of our spans: those of the HTTP client conventions (semantic conventions 1.45), then meshwise's own. */
export const SPAN_ATTRIBUTES = {
  'http.request.method': {
    type: 'string',
    on: BOTH,
    set: 'creation',
    when: 'always',
    what: 'The method; `_OTHER` for one that is not known.',
  },
  'http.request.method_original': {
    type: 'string',
    on: BOTH,
    set: 'creation',
    when: 'the method is not known',
    what: 'The method as it is sent.',
  },
  'url.full': {
    type: 'string',
    on: BOTH,
    set: 'creation',
    when: 'always',
    what: 'The URL that is asked for first, redacted, without its fragment; after a redirect still that one.',
  },
  'server.address': {
    type: 'string',
    on: BOTH,
    set: 'creation',
    when: 'the URL has a host',
    what: 'The host in the URL.',
  },
  'server.port': {
    type: 'int',
    on: BOTH,
    set: 'creation',
    when: 'the URL has one, or its scheme',
    what: "The port in the URL, or its scheme's.",
  },
  'http.request.resend_count': {
    type: 'int',
    on: ['attempt', 'delegated attempt'],
    set: 'creation',
    when: 'something was sent again',
    what: '1 for the first resend of a call.',
  },
  'http.response.status_code': {
    type: 'int',
    on: BOTH,
    set: 'end',
    when: 'there was a response',
    what: 'Its status; on a call that of the response that its caller got.',
  },
  'error.type': {
    type: 'string',
    on: BOTH,
    set: 'end',
    when: 'it failed',
    what: 'A status, `timeout`, the code of an error (`ECONNREFUSED`, `MESHWISE_CIRCUIT_OPEN`), or its name.',
  },
  'meshwise.upstream': {
    type: 'string',
    on: ['call', 'attempt', 'delegated attempt'],
    set: 'creation',
    when: 'always',
    what: "The policy's upstream.",
  },
  'meshwise.attempts': {
    type: 'int',
    on: CALL,
    set: 'end',
    when: 'always',
    what: 'Attempts of this process; 0 for a call that was rejected before the first.',
  },
  'meshwise.outcome': {
    type: 'string',
    on: CALL,
    set: 'end',
    when: 'always',
    what: '`response`, `fallback`, `timeout`, `abort`, `rejected` or `error`, as in the event `call`.',
  },
  'meshwise.owner': {
    type: 'string',
    on: BOTH,
    set: 'end',
    when: 'a sidecar may own the retries',
    what: 'Who retried the attempt, `process` or `sidecar`: by the mark on its reply; without a reply, who was asked to. On a call that of its last attempt.',
  },
  'meshwise.mark': {
    type: 'string',
    on: ATTEMPT,
    set: 'end',
    when: 'the reply carried one',
    what: "The mark, as it was; whose it was decides `meshwise.owner`. Not after a redirect: it may be another hop's.",
  },
  'meshwise.mesh': {
    type: 'string',
    on: ATTEMPT,
    set: 'end',
    when: 'a sidecar may own the retries and its mesh is known',
    what: 'The mesh that was found or named: `istio`, `envoy`, `consul`, …',
  },
  'meshwise.sidecar.attempts': {
    type: 'int',
    on: ATTEMPT,
    set: 'end',
    when: 'a rule of ours replied, and the reply tells',
    what: 'Requests that the sidecar made of this attempt: of its verdict, or `x-envoy-attempt-count`.',
  },
  'meshwise.sidecar.flags': {
    type: 'string[]',
    on: ATTEMPT,
    set: 'end',
    when: "the sidecar's verdict has some",
    what: "Envoy's response flags: `UF`, `URX`, `UT`, …",
  },
  'meshwise.sidecar.verdict': {
    type: 'string',
    on: ATTEMPT,
    set: 'end',
    when: 'the sidecar says that it answered itself',
    what: 'Why: `timeout`, `circuit-open`, `overflow` or `connection`.',
  },
  'meshwise.sidecar.upstream_service_time_ms': {
    type: 'int',
    on: ATTEMPT,
    set: 'end',
    when: 'a rule of ours replied, and the reply tells',
    what: '`x-envoy-upstream-service-time`: how long the sidecar waited for the upstream, its retries included.',
  },
} as const satisfies Readonly<Record<string, Declared>>;

export type SpanAttributeName = keyof typeof SPAN_ATTRIBUTES;

export interface ValueOfType {
  readonly string: string;
  readonly int: number;
  readonly double: number;
  readonly 'string[]': string[];
}

/** The attributes that a span of this kind may have, each with its type. */
export type AttributesOf<Kind extends SpanKindOfOurs> = {
  -readonly [Name in SpanAttributeName as Kind extends (typeof SPAN_ATTRIBUTES)[Name]['on'][number]
    ? Name
    : never]?: ValueOfType[(typeof SPAN_ATTRIBUTES)[Name]['type']];
};
