/** `error`: calls are harmed, or may be. `warning`: something is not as it was meant. `info`: worth knowing. */
export const SEVERITIES = ['error', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const FINDING_CODES = [
  'doubled',
  'doubled-by-default',
  'repeats-unsafe',
  'out-of-date',
  'rule-differs',
  'unprotected',
  'word-contradicted',
  'reachable-from-gateway',
  'gateways-unknown',
  'ejection-impossible',
  'trace-cut',
  'sidecar-missing',
  'mesh-mismatch',
  'not-ours',
  'whose',
  'starting',
  'stranger',
  'no-layer-7',
  'admin-unread',
  'no-rule',
  'could-hand-over',
  'no-answer',
] as const;
export type FindingCode = (typeof FINDING_CODES)[number];

/** Something to know about ownership, and what to do. Plain data. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** `undefined`: of this process as a whole. */
  readonly upstream: string | undefined;
  readonly what: string;
  /** A sentence. */
  readonly todo: string | undefined;
  /** For a shell, or an environment. */
  readonly command: string | undefined;
}

export function finding(
  code: FindingCode,
  severity: Severity,
  what: string,
  more: { readonly upstream?: string; readonly todo?: string | undefined; readonly command?: string | undefined } = {},
): Finding {
  return Object.freeze({ code, severity, upstream: more.upstream, what, todo: more.todo, command: more.command });
}

/** The gravest first; otherwise as they came, and nothing twice. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const unique = new Map(findings.map((found) => [`${found.code} ${found.upstream} ${found.what}`, found]));
  return SEVERITIES.flatMap((severity) => [...unique.values()].filter((found) => found.severity === severity));
}
