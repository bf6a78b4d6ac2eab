import type { ArmName } from '../arms/arm.ts';

/** What the page is painted with. A test holds every pair that must be told apart to 4.5 : 1. */
export interface Palette {
  readonly text: string;
  readonly soft: string;
  readonly page: string;
  readonly panel: string;
  readonly grid: string;
  readonly good: string;
  readonly bad: string;
  /** Grey for neighbours of one hue; the sign of each arm is its own. */
  readonly arms: Readonly<Record<ArmName | 'other', string>>;
  /** In the order of {@link segmentClass}. */
  readonly segments: readonly string[];
}

/** Greys execute nothing, blues in the process, browns in sidecars, green both in turn, red both at once. */
export const LIGHT: Palette = {
  text: '#1b1b1b',
  soft: '#565656',
  page: '#ffffff',
  panel: '#f5f5f3',
  grid: '#d5d5d2',
  good: '#146c3a',
  bad: '#b3261e',
  arms: {
    bare: '#5f5f5f',
    'bare-again': '#6b6b6b',
    'process-noop': '#3a6791',
    'sidecar-noop': '#7d5f13',
    process: '#0062a3',
    sidecar: '#a04d00',
    'two-sidecars': '#6b4423',
    both: '#c4232b',
    auto: '#146c3a',
    mesh: '#566f00',
    'process+retry': '#0b6b78',
    'process+breaker': '#2f55c7',
    'process+telemetry': '#4b49b8',
    'process+telemetry-sdk': '#5f3dc4',
    'by-hand': '#a61e6d',
    cockatiel: '#862e9c',
    other: '#565656',
  },
  segments: ['#0062a3', '#a04d00', '#c4232b', '#5f5f5f', '#146c3a', '#862e9c'],
};

export const DARK: Palette = {
  text: '#ebebe9',
  soft: '#b4b4b1',
  page: '#161616',
  panel: '#212121',
  grid: '#414140',
  good: '#5fd394',
  bad: '#ff8f86',
  arms: {
    bare: '#b0b0b0',
    'bare-again': '#a2a2a2',
    'process-noop': '#94b8d8',
    'sidecar-noop': '#d3b265',
    process: '#5eb3f3',
    sidecar: '#f0a13c',
    'two-sidecars': '#d8a27a',
    both: '#ff8585',
    auto: '#4fd08a',
    mesh: '#b5d14a',
    'process+retry': '#4cc9d8',
    'process+breaker': '#7fa8ff',
    'process+telemetry': '#9aa4ff',
    'process+telemetry-sdk': '#b197fc',
    'by-hand': '#f783c4',
    cockatiel: '#da9bf0',
    other: '#b4b4b1',
  },
  segments: ['#5eb3f3', '#f0a13c', '#ff8585', '#b0b0b0', '#4fd08a', '#da9bf0'],
};
