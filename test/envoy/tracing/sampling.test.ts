import { expect, it } from 'vitest';
import { readDocument } from '../../docs/documents.ts';
import { regionOf } from '../../docs/region.ts';
import { describeWithEnvoy } from '../envoy-test.ts';
import { CALLS, sampleCalls } from './sampled-calls.ts';
import { BY_CHANCE, rowOf, SAMPLING_CASES, samplingTable } from './sampling-cases.ts';

describeWithEnvoy('what a sidecar makes of the sampled flag', (binary) => {
  it("clears it at Istio's default rate, but for a few", async () => {
    const { sampled, sidecarSpans } = await sampleCalls(binary, BY_CHANCE);
    // 3 are expected; 40 come by less than one run in 10^25.
    expect(sampled).toBeLessThan(40);
    expect(sidecarSpans).toBe(sampled);
  });

  it.each(SAMPLING_CASES.map(([of, arrives]) => ({ of, arrives, title: rowOf(of, arrives).slice(0, 3).join(' | ') })))(
    '$title',
    async ({ of, arrives }) => {
      expect(await sampleCalls(binary, of)).toEqual(arrives);
    },
  );

  it('is what the documentation shows', () => {
    const shown = regionOf(readDocument('docs/telemetry.md').text, 'sampling').split('\n');
    const chance = shown.findIndex((line) => line.startsWith("| 1 % | sampled | the sidecar's |"));
    const [, , , , sampled, sidecarSpans, validIds] = (shown[chance] ?? '').split('|').map((cell) => cell.trim());
    expect(Number(sampled)).toBeLessThan(40);
    expect([sidecarSpans, validIds]).toEqual([sampled, String(CALLS - Number(sampled))]);
    const certain = shown.filter((_, line) => line !== chance).join('\n');
    expect(certain, 'written again by node test/docs/telemetry/write.ts').toBe(
      samplingTable(SAMPLING_CASES.map(([of, arrives]) => rowOf(of, arrives))),
    );
  });
});
