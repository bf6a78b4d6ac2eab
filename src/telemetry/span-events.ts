import type { ValueOfType } from './span-attributes.ts';

interface Declared {
  readonly when: string;
  readonly attributes: Readonly<Record<string, { readonly type: keyof ValueOfType; readonly what: string }>>;
}

/** Every event on the spans of calls. As with the attributes, only its types are needed where they are made. */
export const SPAN_EVENTS = {
  queued: {
    when: 'An attempt has stood in line for a slot of the concurrency limit, and got it.',
    attributes: { 'meshwise.queue.wait_ms': { type: 'double', what: 'how long it stood there' } },
  },
  retry: {
    when: 'Another attempt will follow; before its wait.',
    attributes: {
      'meshwise.retry.wait_ms': { type: 'double', what: 'how long the wait will be' },
      'meshwise.retry.wait_source': { type: 'string', what: '`backoff`, or `retry-after`: the server asked for it' },
      'meshwise.retry.reason': { type: 'string[]', what: 'the conditions of `retry.on` that the last attempt met' },
    },
  },
  'retry refused': {
    when: 'The last outcome called for a retry, and there will be none.',
    attributes: { 'meshwise.retry.refused': { type: 'string', what: 'why, as in the event `retry-refused`' } },
  },
  timeout: {
    when: 'A time limit has passed while the call was under way.',
    attributes: {
      'meshwise.timeout.scope': { type: 'string', what: '`call` or `attempt`' },
      'meshwise.timeout.limit_ms': { type: 'double', what: 'the limit' },
    },
  },
  'circuit rejected': {
    when: 'An attempt was not sent: the circuit breaker is open.',
    attributes: {
      'meshwise.circuit.key': { type: 'string', what: 'the origin, or the upstream, whose breaker it is' },
      'meshwise.circuit.retry_after_ms': {
        type: 'double',
        what: 'until the breaker lets a probe through; 0 while probes are under way',
      },
    },
  },
  'concurrency rejected': {
    when: 'An attempt was not sent: limit and queue are full.',
    attributes: {
      'meshwise.concurrency.slots': { type: 'int', what: 'the limit' },
      'meshwise.concurrency.queue_size': { type: 'int', what: 'the places in the queue' },
    },
  },
  doubled: {
    when: 'Both layers retried this call; at the end of the retries.',
    attributes: {
      'meshwise.doubled.attempts': { type: 'int', what: "the process's attempts" },
      'meshwise.doubled.sidecar_attempts': { type: 'int', what: 'what the sidecar made of them' },
    },
  },
} as const satisfies Readonly<Record<string, Declared>>;

export type SpanEventName = keyof typeof SPAN_EVENTS;

type AttributesDeclared<Name extends SpanEventName> = (typeof SPAN_EVENTS)[Name]['attributes'];

/** All that an event of this name carries. */
export type SpanEventAttributes<Name extends SpanEventName> = {
  [Key in keyof AttributesDeclared<Name>]: AttributesDeclared<Name>[Key] extends {
    readonly type: infer Type extends keyof ValueOfType;
  }
    ? ValueOfType[Type]
    : never;
};
