import { markdownTable } from '../../bench/table.ts';
import { CALLS, type SampledCalls, type SamplingCase, sampleCalls } from './sampled-calls.ts';

/** Istio's default rate: the only case that is left to chance. */
export const BY_CHANCE: SamplingCase = { sidecar: { percent: 1 }, application: 'sampled', requestId: 'keep' };

/** With what arrives, of 300 calls: all that is not by chance. */
export const SAMPLING_CASES: readonly (readonly [SamplingCase, SampledCalls])[] = [
  [{ sidecar: { percent: 0 }, application: 'sampled', requestId: 'keep' }, arrive({ sampled: false, valid: true })],
  [{ sidecar: { percent: 100 }, application: 'sampled', requestId: 'keep' }, arrive({ sampled: true, valid: false })],
  [{ sidecar: 'exported', application: 'sampled', requestId: 'keep' }, arrive({ sampled: true, valid: true })],
  [
    { sidecar: { percent: 1, byRequestId: false }, application: 'sampled', requestId: 'keep' },
    arrive({ sampled: true, valid: true }),
  ],
  [{ sidecar: { percent: 1 }, application: 'sampled', requestId: 'align' }, arrive({ sampled: true, valid: false })],
  [
    { sidecar: { percent: 0 }, application: 'sampled', requestId: 'align', sends: "the caller's, UUIDs" },
    arrive({ sampled: true, valid: false }),
  ],
  [
    { sidecar: { percent: 100 }, application: 'sampled', requestId: 'keep', sends: "the caller's, others" },
    arrive({ sampled: false, valid: false }),
  ],
  [
    { sidecar: { percent: 100 }, application: 'sampled', requestId: 'align', sends: "the caller's, others" },
    arrive({ sampled: false, valid: false }),
  ],
  [
    { sidecar: 'exported', application: 'sampled', requestId: 'keep', sends: "the caller's, others" },
    arrive({ sampled: true, valid: false }),
  ],
  [
    { sidecar: { percent: 100 }, application: 'not sampled', requestId: 'align' },
    arrive({ sampled: false, valid: false }),
  ],
  [{ sidecar: 'exported', application: 'not sampled', requestId: 'align' }, arrive({ sampled: false, valid: true })],
  [{ sidecar: { percent: 100 }, application: 'no SDK', requestId: 'keep' }, arrive({ sampled: true, valid: false })],
  [
    { sidecar: { percent: 0, byRequestId: false }, application: 'no SDK', requestId: 'keep' },
    arrive({ sampled: true, valid: true }),
  ],
  [{ sidecar: 'exported', application: 'no SDK', requestId: 'keep' }, arrive({ sampled: true, valid: true })],
];

function arrive({ sampled, valid }: { readonly sampled: boolean; readonly valid: boolean }): SampledCalls {
  const count = sampled ? CALLS : 0;
  return { sampled: count, sidecarSpans: count, validIds: valid ? CALLS : 0 };
}

/** For the documentation, from a run. */
export async function runSampling(binary: string): Promise<string> {
  const rows = [];
  for (const of of [BY_CHANCE, ...SAMPLING_CASES.map(([known]) => known)]) {
    rows.push(rowOf(of, await sampleCalls(binary, of)));
  }
  return samplingTable(rows);
}

export function samplingTable(rows: readonly (readonly string[])[]): string {
  return markdownTable({
    head: [
      'the sidecar samples',
      'the application',
      '`x-request-id`',
      `arrive sampled, of ${CALLS}`,
      "sidecar's spans",
      'ids that are valid UUIDs',
    ],
    rows,
  });
}

export function rowOf(of: SamplingCase, { sampled, sidecarSpans, validIds }: SampledCalls): readonly string[] {
  return [
    samplingText(of.sidecar),
    of.application === 'no SDK' ? 'sends no trace' : of.application,
    `${of.sends ?? "the sidecar's"}${of.requestId === 'align' ? '; `align`' : ''}`,
    ...[sampled, sidecarSpans, validIds].map(String),
  ];
}

function samplingText(sampling: SamplingCase['sidecar']): string {
  if (sampling === 'exported') return '`export envoy --otlp`';
  const { percent, byRequestId = true } = sampling;
  return `${percent} %${byRequestId ? '' : ', `useRequestIdForTraceSampling: false`'}`;
}
