import { percent, time } from '../format.ts';
import type { Question } from './question.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

const PAIRS: readonly Pair[] = [
  ['process', 'bare'],
  ['sidecar', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['auto', 'process'],
  ['mesh', 'process'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

const failing: Tellable = {
  topic: 'isolation/failing',
  of: ({ neighbour }) => (neighbour === null || neighbour.calls === 0 ? null : 1 - neighbour.good / neighbour.calls),
  resolution: () => 0.005,
  sentence: (value) => `${value} of the calls to the neighbour fail`,
  shown: (share) => percent(share),
  as: 'many',
};

const tail: Tellable = {
  topic: 'isolation/p99',
  of: ({ neighbour }) => (neighbour === null || neighbour.latency.count === 0 ? null : neighbour.latency.p99),
  resolution: () => 1,
  sentence: (value) => `99 % of the calls to the neighbour take at most ${value}`,
  shown: time,
  as: 'long',
  latency: 'p99',
};

export const isolation: Question = {
  name: 'isolation',
  findings: (evidence) => tellPairs(evidence, [failing, tail], PAIRS),
};
