import type { FidelityRow } from '../meshes/envoy/fidelity.ts';
import { sidecarRule } from '../meshes/rule-of-policy.ts';
import { type Dialect, hashOf } from '../meshes/sidecar-rule.ts';
import type { Policy } from '../policy/policy.ts';
import type { CommandIo } from './command-io.ts';
import { type FidelityOfUpstream, fidelityTable } from './fidelity-table.ts';
import { hasColor } from './has-color.ts';

/** Tells on stderr what became of every field. False when `strict` and something was lost. */
export function reportFidelity(reports: readonly FidelityOfUpstream[], strict: boolean, io: CommandIo): boolean {
  io.stderr.write(fidelityTable(reports, hasColor(io.stderr, io.env)));
  const lossy = reports.flatMap(({ rows }) => rows).filter(isLoss).length;
  if (!strict || lossy === 0) return true;
  io.stderr.write(`Nothing written: --strict, and ${lossy} fields are approximate or not expressible.\n`);
  return false;
}

/** One upstream's block: its name, where its requests go, and its rule. */
export function headingOf(policy: Policy, dialect: Dialect, caller: string, to: string): string {
  const rule = sidecarRule(policy, dialect, caller);
  return `${policy.upstream}: ${to}, ${rule === undefined ? 'no marked rules' : `rule ${hashOf(rule)}`}`;
}

function isLoss({ verdict }: FidelityRow): boolean {
  return verdict === 'approximate' || verdict === 'not expressible';
}
