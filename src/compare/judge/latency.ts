import { time } from '../format.ts';
import type { Question } from './question.ts';
import { type Pair, type Tellable, tellPairs } from './told.ts';

export const LATENCY_PAIRS: readonly Pair[] = [
  ['process-noop', 'bare'],
  ['sidecar-noop', 'bare'],
  ['process', 'bare'],
  ['sidecar', 'bare'],
  ['two-sidecars', 'bare'],
  ['sidecar', 'process'],
  ['two-sidecars', 'process'],
  ['auto', 'sidecar'],
  ['mesh', 'sidecar'],
  ['by-hand', 'process'],
  ['cockatiel', 'process'],
];

/** HDR histograms in Node keep three digits; below a hundredth of a millisecond nothing is told. */
const RESOLUTION = 0.01;

const median: Tellable = {
  topic: 'latency/p50',
  of: ({ latency }) => (latency.fromActualStart.count === 0 ? null : latency.fromActualStart.p50),
  resolution: () => RESOLUTION,
  sentence: (value) => `half of the calls take at most ${value} from their actual start`,
  shown: time,
  as: 'long',
  drifts: true,
  latency: 'p50',
};

const tail: Tellable = {
  topic: 'latency/p99',
  of: ({ latency }) => (latency.fromIntendedStart.count === 0 ? null : latency.fromIntendedStart.p99),
  resolution: () => RESOLUTION,
  sentence: (value) => `99 % of the calls take at most ${value} from their intended start`,
  shown: time,
  as: 'long',
  drifts: true,
  latency: 'p99',
};

export const latency: Question = {
  name: 'latency',
  findings: (evidence) => tellPairs(evidence, [median, tail], LATENCY_PAIRS),
};
