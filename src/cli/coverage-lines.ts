import type { EnvoyCoverage } from '../meshes/envoy/admin/coverage.ts';
import type { Examination } from '../ownership/diagnosis/examine.ts';
import { couldLines } from '../ownership/explain.ts';

/** What the sidecar's configuration could do for an upstream, with the dump's own names and numbers. */
export function coverageLines(coverage: EnvoyCoverage): string[] {
  return couldLines(Object.entries(coverage.concerns));
}

/** The Envoy whose configuration was read, or why it was not; `undefined` where there is none to read. */
export function readingLine({ sidecar, reading }: Examination): string | undefined {
  if (reading === undefined || sidecar?.admin === undefined) return undefined;
  const place = sidecar.admin.shown;
  if (reading.noEvidence !== undefined) return `${place}: no evidence, ${reading.noEvidence}`;
  return `Envoy ${reading.server.version} at ${place}, what its configuration could do:`;
}
