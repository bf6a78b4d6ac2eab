import { SpanKind, trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BodyFactory, MeshwiseRequestInit } from '../../../src/index.ts';
import { type ScriptedUpstream, startScriptedUpstream } from '../../envoy/scripted-upstream.ts';
import { aClient } from '../fetch/a-meshwise.ts';
import { Sdk } from './an-sdk.ts';
import { spanTree } from './span-tree.ts';

/** A span of the application's, as a database client makes it. */
function query(): void {
  trace.getTracer('application').startSpan('SELECT', { kind: SpanKind.CLIENT }).end();
}

const BODIES: Readonly<Record<string, () => NonNullable<MeshwiseRequestInit['body']>>> = {
  'a function that makes the body': () => {
    const make: BodyFactory = () => {
      query();
      return 'money';
    };
    return make;
  },
  'an async iterable': () =>
    (async function* () {
      query();
      yield Buffer.from('money');
    })(),
  'a stream': () =>
    new ReadableStream(
      {
        pull(controller) {
          query();
          controller.enqueue(Buffer.from('money'));
          controller.close();
        },
      },
      { highWaterMark: 0 },
    ),
};

describe.each([
  { mode: 'own', instrumented: false },
  { mode: 'own', instrumented: true },
  { mode: 'delegate', instrumented: true },
] as const)("the caller's own code while its body is sent: $mode, instrumented: $instrumented", (arrangement) => {
  let upstream: ScriptedUpstream;
  let sdk: Sdk;
  beforeAll(async () => {
    upstream = await startScriptedUpstream();
  });
  afterAll(() => upstream.stop());
  afterEach(() => sdk.stop());

  it.each(Object.entries(BODIES))('%s is traced as without meshwise', async (_, body) => {
    sdk = new Sdk({ instrumented: arrangement.instrumented });
    const { client } = aClient({ tracing: arrangement.mode });
    const url = upstream.origin + upstream.script(200).path;
    await sdk.tracer.startActiveSpan('inbound', { kind: SpanKind.SERVER }, async (inbound) => {
      await (await client(url, { method: 'PUT', body: body(), duplex: 'half' })).text();
      inbound.end();
    });
    const spans = await sdk.spans(4);
    const query = spans.find(({ name }) => name === 'SELECT');
    expect(spanTree(spans)).toEqual(
      expect.arrayContaining([
        'SERVER inbound',
        '  INTERNAL PUT payments 200',
        '    CLIENT PUT 200',
        '  CLIENT SELECT',
      ]),
    );
    expect(spans).toHaveLength(4);
    expect(query?.attributes).toEqual({});
  });
});
