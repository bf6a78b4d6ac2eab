/** What one process has measured, by name. `wallMs`, from its start to its end, is added by who started it. */
export type Figures = Readonly<Record<string, number>>;

/** One thing that is measured, each time in a process of its own. */
export interface Case {
  readonly name: string;
  /** One of ours has goals, and the verdict is about it. */
  readonly ours: boolean;
  /** What Node is started with; the process prints its figures as JSON. */
  readonly run: readonly string[];
  /** The case that it is compared with; else the measure's. */
  readonly base?: string;
  /** Which of the features it has not, or has beyond them. */
  readonly features?: string;
  /** At most so much, by the measure's title. */
  readonly goals?: Readonly<Record<string, number>>;
}

/** A column of the table. */
export interface Measure {
  readonly title: string;
  /** Which of the case's figures. */
  readonly figure: string;
  /** Pair by pair with the same round of another case, so that a slow minute of the machine slows both. */
  readonly against?: { readonly how: 'ratio' | 'difference'; readonly base: string };
  readonly show: (value: number) => string;
}

/** One row of the goals. */
export interface Suite {
  readonly name: string;
  readonly title: string;
  /** What is measured, and how, in a sentence or two. */
  readonly method: string;
  readonly rounds: number;
  readonly measures: readonly Measure[];
  readonly cases: readonly Case[];
}

/** A suite that needs something beside its cases' processes, for as long as they run. */
export interface PreparedSuite {
  readonly suite: Suite;
  stop(): Promise<void>;
}

export const rounded =
  (digits: number) =>
  (value: number): string =>
    value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });

/** For ratios: two digits that say something, however large. */
export const times = (value: number): string => `${rounded(value < 3 ? 3 : value < 30 ? 1 : 0)(value)}×`;
