import { ARMS, ejectsHosts } from '../arms/arm.ts';
import { pairId } from '../result/finding-id.ts';
import { isStockOf } from '../scenario/same-experiment.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { compareSides } from './difference.ts';
import type { Evidence, Said } from './question.ts';
import { comparedSentence, type Tellable } from './told.ts';
import { armWords, variantWords } from './words.ts';

/** What it changes that a sidecar's ejection is tuned: every variant beside the same with stock ejection. */
export function tellStockEjection(family: readonly Evidence[], figures: readonly Tellable[]): Said[] {
  const pairs = family.flatMap((tuned) =>
    family.filter((stock) => isStockOf(tuned.scenario, stock.scenario)).map((stock) => ({ tuned, stock })),
  );
  return pairs.flatMap(({ tuned, stock }) => {
    const which = pairs.length === 1 ? '' : ` (${variantWords(tuned.scenario)})`;
    return ARMS.filter(ejectsHosts).flatMap(({ name: arm }) =>
      figures.flatMap((figure) => {
        const comparison = compareSides(figure, { evidence: tuned, arm }, { evidence: stock, arm });
        if (comparison === undefined) return [];
        const subject = `${armWords(arm)} and ejection as exported${which}`;
        return [
          {
            id: pairId(
              `${figure.topic}/${arm}`,
              suffixOf(tuned.scenario),
              comparison.relation,
              suffixOf(stock.scenario),
            ),
            text: comparedSentence(figure, comparison, subject, 'stock ejection'),
          },
        ];
      }),
    );
  });
}

/** `failing` of `bad-host/failing`; in an id nothing may have a space. */
function suffixOf({ name, family }: Scenario): string {
  return name.slice(family.length + 1);
}
