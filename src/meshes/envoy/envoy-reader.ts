import type { SidecarWord, WordReader } from '../../call/sidecar-word.ts';
import { OWNER_HEADER, parseMark } from '../mark.ts';
import { parseVerdict, VERDICT_HEADER } from '../verdict-header.ts';
import { isOfUpstream, isStatusOf, type RuleLimits, verdictOfFlags } from './flags.ts';

export interface VerifiedRules {
  readonly upstream: string;
  /** Of the rules that the policy exports. */
  readonly hashes: readonly string[];
  readonly limits: RuleLimits;
}

/**
 * Reads the verdict beside a mark of ours. A verdict without the same mark is somebody else's, and not believed; nor is
 * one on a reply that Envoy would not have given with it.
 */
export class EnvoyReader implements WordReader {
  readonly #rules: VerifiedRules;

  constructor(rules: VerifiedRules) {
    this.#rules = rules;
  }

  read({ headers, redirected, status }: Response): SidecarWord | undefined {
    const value = headers.get(OWNER_HEADER);
    const mark = parseMark(value);
    const { upstream, hashes, limits } = this.#rules;
    if (redirected || mark === undefined || mark.upstream !== upstream) return undefined;
    if (!mark.hashes.some((hash) => hashes.includes(hash))) return undefined;
    const header = parseVerdict(headers.get(VERDICT_HEADER));
    if (header === undefined || header.mark !== value || !isStatusOf(header, status)) return undefined;
    return {
      owner: mark.owner,
      attempts: header.attempts,
      author: isOfUpstream(header) ? 'upstream' : 'sidecar',
      verdict: verdictOfFlags(header, limits),
      flags: header.flags,
    };
  }
}
