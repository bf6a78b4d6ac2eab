import { percent } from '../format.ts';
import { badHostOf } from '../result/disturbance.ts';
import { shareOfHost } from '../result/figures.ts';
import { failing } from './endings.ts';
import type { Question } from './question.ts';
import { tellStockEjection } from './stock-ejection.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

/** Envoy ejects a host and routes round it; a process sees one name, and knows no hosts behind it. */
const PAIRS: readonly Pair[] = [
  ['process', 'bare'],
  ['sidecar', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['auto', 'process'],
  ['mesh', 'process'],
  ['both', 'process'],
];

const toBadHost: Tellable = {
  topic: 'bad-host/share',
  of: (cell, scenario) => {
    const host = badHostOf(scenario);
    return host === undefined ? null : shareOfHost(cell, host);
  },
  resolution: () => 0.01,
  sentence: (value) => `${value} of the attempts go to the bad host`,
  shown: (share) => percent(share),
  as: 'many',
};

const FIGURES: readonly Tellable[] = [toBadHost, { ...failing, topic: 'bad-host/failing' }];

export const badHost: Question = {
  name: 'bad-host',
  findings: (evidence) => tellPairs(evidence, FIGURES, PAIRS),
  familyFindings: (family) => tellStockEjection(family, FIGURES),
};
