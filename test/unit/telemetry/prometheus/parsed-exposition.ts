/** A reader of Prometheus' text format 0.0.4 that refuses what the format forbids, written from its description. */

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"/y;

export function parseExposition(text: string): readonly Family[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no end');
  const families: (Family & { samples: Sample[] })[] = [];
  let help: { name: string; text: string } | undefined;
  for (const line of text.split('\n').slice(0, -1)) {
    const helped = new RegExp(`^# HELP (${NAME}) ([^\n]*)$`).exec(line);
    const typed = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram|summary|untyped)$`).exec(line);
    if (helped !== null) help = { name: helped[1] ?? '', text: unescaped(helped[2] ?? '', /\\([\\n])/g) };
    else if (typed !== null) {
      const [, name = '', type = ''] = typed;
      if (help?.name !== name) throw new Error(`${name} has no HELP before its TYPE`);
      if (families.some((family) => family.name === name)) throw new Error(`${name} is there twice`);
      families.push({ name, help: help.text, type, samples: [] });
    } else {
      const family = families.at(-1);
      const sample = parseSample(line);
      if (family === undefined || !belongs(sample.name, family))
        throw new Error(`not in the group of its metric: ${line}`);
      family.samples.push(sample);
    }
  }
  for (const family of families) check(family);
  return families;
}

/** The one sample with these labels. */
export function sampleValue(families: readonly Family[], name: string, labels: Labels = {}): number | undefined {
  const found = families
    .flatMap(({ samples }) => samples)
    .filter(
      (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  if (found.length > 1) throw new Error(`${found.length} samples of ${name} have these labels`);
  return found[0]?.value;
}

function parseSample(line: string): Sample {
  const [, name = '', inner, shown = ''] = new RegExp(`^(${NAME})(?:\\{([^\n]*)\\})? (\\S+)$`).exec(line) ?? [];
  if (name === '') throw new Error(`not a sample: ${line}`);
  return { name, labels: inner === undefined ? {} : parseLabels(inner), value: parseValue(shown) };
}

function parseLabels(text: string): Labels {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; at++) {
    LABEL.lastIndex = at;
    const [all, key = '', value = ''] = LABEL.exec(text) ?? [];
    if (all === undefined || key in labels) throw new Error(`not labels: ${text}`);
    labels[key] = unescaped(value, /\\([\\"n])/g);
    at += all.length;
    if (at < text.length && text[at] !== ',') throw new Error(`not labels: ${text}`);
  }
  return labels;
}

function parseValue(shown: string): number {
  if (shown === '+Inf') return Number.POSITIVE_INFINITY;
  if (shown === '-Inf') return Number.NEGATIVE_INFINITY;
  if (!/^(?:NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/.test(shown)) throw new Error(`not a number: ${shown}`);
  return Number(shown);
}

function unescaped(text: string, escapes: RegExp): string {
  return text.replaceAll(escapes, (_, character: string) => (character === 'n' ? '\n' : character));
}

function belongs(name: string, { name: family, type }: Family): boolean {
  return type === 'histogram' ? ['_bucket', '_sum', '_count'].some((end) => name === family + end) : name === family;
}

function check({ name, type, samples }: Family): void {
  if (samples.length === 0) throw new Error(`${name} has no samples`);
  const seen = new Set(samples.map((sample) => `${sample.name} ${keyOf(sample.labels)}`));
  if (seen.size !== samples.length) throw new Error(`two samples of ${name} have the same labels`);
  if (type === 'counter' && samples.some(({ value }) => value < 0)) throw new Error(`${name} is negative`);
  if (type !== 'histogram') return;
  const series = Map.groupBy(samples, ({ labels: { le: _, ...others } }) => keyOf(others));
  for (const all of series.values()) checkHistogram(name, all);
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const buckets = samples.filter((sample) => sample.name === `${name}_bucket`);
  const bounds = buckets.map(({ labels }) => parseValue(labels['le'] ?? ''));
  const counts = buckets.map(({ value }) => value);
  const rising = (numbers: readonly number[]) => numbers.every((number, index) => number >= (numbers[index - 1] ?? -1));
  if (!rising(bounds) || new Set(bounds).size !== bounds.length) throw new Error(`${name}: bounds do not rise`);
  if (!rising(counts)) throw new Error(`${name}: buckets are not cumulative`);
  const count = samples.filter((sample) => sample.name === `${name}_count`);
  const sum = samples.filter((sample) => sample.name === `${name}_sum`);
  if (count.length !== 1 || sum.length !== 1) throw new Error(`${name}: not one sum and one count`);
  if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count[0]?.value) {
    throw new Error(`${name}: the bucket +Inf is not the count`);
  }
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(labels).toSorted());
}
