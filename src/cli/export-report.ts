import type { FidelityRow } from '../meshes/envoy/fidelity.ts';
import type { CommandIo } from './command-io.ts';
import { type FidelityOfUpstream, fidelityTable } from './fidelity-table.ts';

/** Tells on stderr what became of every field. False when `strict` and something was lost. */
export function reportFidelity(reports: readonly FidelityOfUpstream[], strict: boolean, io: CommandIo): boolean {
  io.stderr.write(fidelityTable(reports, hasColor(io)));
  const lossy = reports.flatMap(({ rows }) => rows).filter(isLoss).length;
  if (!strict || lossy === 0) return true;
  io.stderr.write(`Nothing written: --strict, and ${lossy} fields are approximate or not expressible.\n`);
  return false;
}

function isLoss({ verdict }: FidelityRow): boolean {
  return verdict === 'approximate' || verdict === 'not expressible';
}

/** NO_COLOR (no-color.org) counts when it is not empty. */
function hasColor({ stderr, env }: CommandIo): boolean {
  return 'isTTY' in stderr && stderr.isTTY === true && (env['NO_COLOR'] ?? '') === '';
}
