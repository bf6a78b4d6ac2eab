import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Mode } from '../../../src/index.ts';
import { forgetTelemetry, type Recording, recordSpans } from '../../unit/telemetry/recorded-spans.ts';
import { describeWithEnvoy } from '../envoy-test.ts';
import { tracedByMesh } from './mesh-sampling.ts';
import { startTracedSidecar, type TracedSidecar } from './traced-sidecar.ts';
import { traceparentOf, wholeTrace } from './whole-trace.ts';

const REQUEST_ID = '5f0d6a8e-3c1b-4d6f-8a43-2f1f6d1f0b77';

/** What both configurations of the sidecar have in common; `requestKind` is the kind of its span of a request. */
function itMakesOneTrace(sidecar: () => TracedSidecar, requestKind: 'SERVER' | 'CLIENT', trees: Trees): void {
  let recording: Recording;
  beforeEach(() => {
    recording = recordSpans();
  });
  afterEach(forgetTelemetry);

  /** Three attempts by somebody, in a trace of their own. */
  async function call(mode: Mode) {
    const { upstream, receiver, origin, client } = sidecar();
    const payments = client(mode);
    // In `auto` the first reply shows the rule.
    await (await payments(origin + upstream.script(200).path)).text();
    recording.exporter.reset();
    const script = upstream.script(503, 503, 200);
    const response = await payments(origin + script.path, { headers: { 'x-request-id': REQUEST_ID } });
    await response.text();
    const application = recording.exporter.getFinishedSpans();
    const traceId = application[0]?.spanContext().traceId;
    const ofTrace = () => receiver.spans.filter((span) => span.traceId === traceId);
    const sent = application.filter(({ kind }) => kind === 2).length;
    // The sidecar's span of a request ends after those of its attempts, and it sends them in that order.
    await receiver.until(
      () => ofTrace().filter(({ kind, name }) => kind === requestKind && name.startsWith('egress')).length === sent,
    );
    return { response, application, sidecar: ofTrace(), requests: script.requests };
  }

  it.each(['process', 'auto'] as const)('%s: a single root, and every span where it belongs', async (mode) => {
    const { response, application, sidecar, requests } = await call(mode);
    expect(response.status).toBe(200);
    expect(wholeTrace(application, sidecar, requests)).toEqual(trees[mode]);
  });

  it.each(['process', 'auto'] as const)(
    '%s: one trace id, one traceparent and the x-request-id for everybody',
    async (mode) => {
      const { application, sidecar, requests } = await call(mode);
      const traceIds = [
        ...application.map((span) => span.spanContext().traceId),
        ...sidecar.map(({ traceId }) => traceId),
        ...requests.map(({ headers }) => traceparentOf(headers['traceparent']).traceId),
      ];
      expect(new Set(traceIds).size).toBe(1);
      expect(requests.map(({ headers }) => traceparentOf(headers['traceparent']).sampled)).toEqual([true, true, true]);
      const requestIds = new Set(requests.map(({ headers }) => headers['x-request-id']));
      expect([...requestIds]).toEqual([trees.requestId]);
      const shown = sidecar.flatMap(({ attributes }) => attributes.get('guid:x-request-id') ?? []);
      expect(new Set(shown)).toEqual(requestIds);
    },
  );
}

interface Trees {
  readonly process: readonly string[];
  readonly auto: readonly string[];
  readonly requestId: string;
}

describeWithEnvoy('with the exported sidecar', (binary) => {
  let sidecar: TracedSidecar;
  beforeAll(async () => {
    sidecar = await startTracedSidecar(binary);
  });
  afterAll(() => sidecar[Symbol.asyncDispose]());

  itMakesOneTrace(() => sidecar, 'SERVER', {
    requestId: REQUEST_ID,
    process: [
      'shop INTERNAL',
      '  shop CLIENT ERROR',
      '    shop-sidecar SERVER ERROR',
      '      shop-sidecar CLIENT ERROR',
      '        payments SERVER',
      '  shop CLIENT ERROR',
      '    shop-sidecar SERVER ERROR',
      '      shop-sidecar CLIENT ERROR',
      '        payments SERVER',
      '  shop CLIENT',
      '    shop-sidecar SERVER',
      '      shop-sidecar CLIENT',
      '        payments SERVER',
    ],
    auto: [
      'shop INTERNAL',
      '  shop CLIENT',
      '    shop-sidecar SERVER',
      '      shop-sidecar CLIENT ERROR',
      '        payments SERVER',
      '      shop-sidecar CLIENT ERROR',
      '        payments SERVER',
      '      shop-sidecar CLIENT',
      '        payments SERVER',
    ],
  });
});

describeWithEnvoy('with a sidecar that traces as a mesh configures it', (binary) => {
  let sidecar: TracedSidecar;
  beforeAll(async () => {
    sidecar = await startTracedSidecar(binary, (exported) => tracedByMesh(exported, { percent: 100 }));
  });
  afterAll(() => sidecar[Symbol.asyncDispose]());

  itMakesOneTrace(() => sidecar, 'CLIENT', {
    // It keeps its decision in the id: 9 is sampled. The same id on all attempts, and in its span.
    requestId: '5f0d6a8e-3c1b-9d6f-8a43-2f1f6d1f0b77',
    process: [
      'shop INTERNAL',
      '  shop CLIENT ERROR',
      '    shop-sidecar CLIENT ERROR',
      '      payments SERVER',
      '  shop CLIENT ERROR',
      '    shop-sidecar CLIENT ERROR',
      '      payments SERVER',
      '  shop CLIENT',
      '    shop-sidecar CLIENT',
      '      payments SERVER',
    ],
    // Nothing of its own says that it retried: only the upstream's three spans do.
    auto: [
      'shop INTERNAL',
      '  shop CLIENT',
      '    shop-sidecar CLIENT',
      '      payments SERVER',
      '      payments SERVER',
      '      payments SERVER',
    ],
  });
});
