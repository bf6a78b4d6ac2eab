import { ARMS } from '../compare/arms/arm.ts';
import { waitingTime } from '../compare/format.ts';
import type { LeftOutScenario } from '../compare/result/report.ts';
import { plannedTimeOfAll } from '../compare/scenario/planned-time.ts';
import type { Scenario } from '../compare/scenario/scenario.ts';
import type { Profile } from '../compare/scenario/scenario-file.ts';

/** What `--list` prints: scenarios with what they are about and how long they take, and the arms. */
export function comparisonList(
  scenarios: readonly Scenario[],
  profile: Profile,
  leftOut: readonly LeftOutScenario[],
): string {
  const families = Map.groupBy(scenarios, ({ family }) => family);
  const lines = [`Scenarios of the ${profile} profile, ${waitingTime(plannedTimeOfAll(scenarios))} in all:`];
  for (const members of families.values()) {
    const [first] = members;
    if (first === undefined) continue;
    lines.push('', `${first.family}: ${first.title}, ${waitingTime(plannedTimeOfAll(members))}`, `  ${first.shows}`);
    for (const { name, arms, rounds } of members)
      lines.push(`  ${name}: ${arms.join(', ')}${rounds === 1 ? '' : `; ${rounds} rounds`}`);
  }
  for (const { family, title, why } of leftOut) lines.push('', `${family}: ${title}, left out: ${why}`);
  lines.push('', 'Arms:', ...ARMS.map(({ name, what }) => `  ${name}: ${what}`));
  return `${lines.join('\n')}\n`;
}
