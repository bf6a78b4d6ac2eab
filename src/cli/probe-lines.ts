import type { ProbeResult } from '../ownership/mark-probe.ts';
import type { Plan } from '../ownership/plan.ts';

/** What the one request to an upstream showed. */
export function probeLines(plan: Plan, method: string, address: string, probe: ProbeResult): string[] {
  if (probe.kind === 'skipped') return [`not asked: ${probe.why}`];
  if (probe.kind === 'failed') return [`${method} ${address}: ${probe.why}`];
  const { status, header, mark } = probe;
  const replied = `${method} ${address}: ${status}`;
  if (header === undefined) return [`${replied}, no mark`];
  const quoted = JSON.stringify(header.slice(0, 100).replaceAll(/[^\x20-\x7e]/g, '?'));
  if (mark === undefined) return [`${replied}, x-meshwise-owner: ${quoted} (not a mark)`];
  const lines = [`${replied}, mark ${quoted}`];
  if (mark.upstream !== plan.upstream) return [...lines, `the mark is of upstream ${mark.upstream}`];
  if (plan.ruleHash === undefined) return lines;
  const offered = mark.owner === 'process' && mark.hashes.includes(plan.ruleHash);
  return [...lines, `our rule ${plan.ruleHash}: ${offered ? 'on offer' : 'not on offer'}`];
}
