import type { Examination } from '../ownership/diagnosis/examine.ts';
import type { Finding } from '../ownership/diagnosis/finding.ts';
import type { MeshwiseConfig } from '../policy/config.ts';

export interface DoctorResult {
  /** `undefined`: there is none. */
  readonly file: string | undefined;
  readonly config: MeshwiseConfig;
  readonly method: string;
  readonly examination: Examination;
  readonly findings: readonly Finding[];
}

/** Names and numbers only: nothing of a dump but what was judged. */
export function doctorJson({ file, method, examination, findings }: DoctorResult): string {
  const { mode, seen, sidecar, reading, targets } = examination;
  const report = {
    mode,
    file: file ?? null,
    found: seen.found,
    sidecar: sidecar ?? null,
    read: reading === undefined ? null : 'server' in reading ? reading.server : reading,
    upstreams: targets.map(({ policy, url, plan, probe, coverage }) => ({
      upstream: policy.upstream,
      url: `${url.origin}${url.pathname}`,
      plan,
      reply: { method, ...probe },
      coverage: coverage ?? null,
    })),
    findings,
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}
