// Reads spans out of an OTLP export in protobuf, which is what Envoy and the SDK's default exporter send.
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

export interface ReceivedSpan {
  /** `service.name` of whoever made it. */
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: string;
  readonly status: 'UNSET' | 'OK' | 'ERROR';
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly events: readonly SpanEvent[];
}

export interface SpanEvent {
  readonly name: string;
  readonly at: number;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

export type AttributeValue = string | number | boolean | readonly AttributeValue[];

const { root } = protobuf.parse(readFileSync(new URL('otlp.proto', import.meta.url), 'utf8'));
const Export = root.lookupType('ExportTraceServiceRequest');

/** @throws Error when the bytes are no such message. */
export function spansOf(body: Uint8Array): readonly ReceivedSpan[] {
  const message = Export.toObject(Export.decode(body), {
    ...{ bytes: Buffer, longs: String, enums: String, defaults: true, arrays: true, oneofs: true },
  }) as ExportMessage;
  return message.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(attributesOf(resource?.attributes ?? []).get('service.name') ?? 'unknown');
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => receivedSpan(service, span)));
  });
}

function receivedSpan(service: string, span: SpanMessage): ReceivedSpan {
  return {
    service,
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    parentId: span.parentSpanId.toString('hex'),
    name: span.name,
    kind: span.kind,
    status: span.status?.code ?? 'UNSET',
    start: milliseconds(span.startTimeUnixNano),
    end: milliseconds(span.endTimeUnixNano),
    attributes: attributesOf(span.attributes),
    events: span.events.map((event) => ({
      name: event.name,
      at: milliseconds(event.timeUnixNano),
      attributes: attributesOf(event.attributes),
    })),
  };
}

/** Nanoseconds do not fit in a number; a tenth of a microsecond is enough here. */
function milliseconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 100n) / 10_000;
}

function attributesOf(pairs: readonly KeyValueMessage[]): ReadonlyMap<string, AttributeValue> {
  return new Map(pairs.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue(value: ValueMessage | null): AttributeValue {
  switch (value?.value) {
    case 'stringValue':
      return value.stringValue;
    case 'boolValue':
      return value.boolValue;
    case 'intValue':
      return Number(value.intValue);
    case 'doubleValue':
      return value.doubleValue;
    case 'arrayValue':
      return value.arrayValue.values.map(plainValue);
    default:
      return '';
  }
}

/* The messages of otlp.proto as protobufjs gives them with the options above. */

interface ExportMessage {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly KeyValueMessage[] } | null;
    readonly scopeSpans: readonly { readonly spans: readonly SpanMessage[] }[];
  }[];
}

interface SpanMessage {
  readonly traceId: Buffer;
  readonly spanId: Buffer;
  readonly parentSpanId: Buffer;
  readonly name: string;
  readonly kind: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValueMessage[];
  readonly events: readonly {
    readonly name: string;
    readonly timeUnixNano: string;
    readonly attributes: readonly KeyValueMessage[];
  }[];
  readonly status: { readonly code: ReceivedSpan['status'] } | null;
}

interface KeyValueMessage {
  readonly key: string;
  readonly value: ValueMessage | null;
}

/** `value` names the one that is set. */
type ValueMessage =
  | { readonly value: 'stringValue'; readonly stringValue: string }
  | { readonly value: 'boolValue'; readonly boolValue: boolean }
  | { readonly value: 'intValue'; readonly intValue: string }
  | { readonly value: 'doubleValue'; readonly doubleValue: number }
  | { readonly value: 'arrayValue'; readonly arrayValue: { readonly values: readonly ValueMessage[] } };
