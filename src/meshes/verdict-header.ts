import { OWNER_HEADER } from './mark.ts';

/**
 * What a marked rule sets beside its mark, where its export was asked for it: the mark once more, the attempts that the
 * sidecar has made, Envoy's response flags and its response code details.
 *
 * `x-meshwise-verdict: payments/sidecar/1f3a9c2e 3 URX,UF upstream_reset_before_response_started{…}`
 *
 * The mark in it binds it to the rule: an upstream that passes on the headers of its own upstream's replies passes on
 * another mark. A rule that does not set it removes it, since an upstream may know the mark.
 */
export const VERDICT_HEADER = 'x-meshwise-verdict';

/** On the replies of a rule that proves nothing none of them may pass. */
export const OUR_REPLY_HEADERS = [OWNER_HEADER, VERDICT_HEADER] as const;

/** The value that a rule sets; the operators are Envoy's. */
export function verdictValue(mark: string): string {
  return `${mark} %UPSTREAM_REQUEST_ATTEMPT_COUNT% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%`;
}

export interface VerdictHeader {
  readonly mark: string;
  readonly attempts: number;
  readonly flags: readonly string[];
  /** Envoy writes `_` for spaces in them. */
  readonly details: string;
}

const VERDICT = /^(\S+) (\d{1,3}) (-|[A-Za-z]+(?:,[A-Za-z]+)*) (\S+)$/;

/** Reads the header; anything that is not exactly one is `undefined`. */
export function parseVerdict(value: string | null): VerdictHeader | undefined {
  const [, mark, attempts, flags, details] = VERDICT.exec(value ?? '') ?? [];
  if (mark === undefined || flags === undefined || details === undefined) return undefined;
  return { mark, attempts: Number(attempts), flags: flags === '-' ? [] : flags.split(','), details };
}
