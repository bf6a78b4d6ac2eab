import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CALL_HEADER } from '../../src/compare/processes/call-header.ts';

const run = promisify(execFile);

export interface Attack {
  readonly url: string;
  readonly method: string;
  /** Calls per second, evenly spaced. */
  readonly rate: number;
  readonly calls: number;
  /** The numbers of the calls begin with this one. */
  readonly firstCall: number;
  /** Requests before them, at the same rate, that are neither counted by the upstream nor reported. */
  readonly warmUp: number;
}

/** One request as vegeta saw it. */
export interface Hit {
  /** In which order it was sent, from 0, warm-up included. */
  readonly seq: number;
  /** 0: no response. */
  readonly code: number;
  readonly error: string;
  /** When it was sent: milliseconds, from the first one that is reported. */
  readonly sentAt: number;
  /** Milliseconds from then until the whole body was read. */
  readonly latency: number;
}

/** Marks the warm-up in vegeta's results, which hold no request headers. The upstream looks at no path. */
const WARM_UP_PATH = 'warm-up';

/** More than ever wait at once: an open loop does not wait for answers. */
const MOST_WORKERS = 2000;

/** Runs vegeta. Its results come back in the order in which the requests were sent. */
export async function attack(vegeta: string, plan: Attack): Promise<Hit[]> {
  const directory = await mkdtemp(join(tmpdir(), 'meshwise-vegeta-'));
  try {
    const [targets, results, json] = ['targets.json', 'results.bin', 'results.json'].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    await writeFile(targets, targetsOf(plan));
    await run(vegeta, [
      'attack',
      '-format=json',
      `-targets=${targets}`,
      `-rate=${plan.rate}/1s`,
      `-duration=${durationOf(plan)}ms`,
      `-max-workers=${MOST_WORKERS}`,
      '-keepalive=true',
      `-output=${results}`,
    ]);
    await run(vegeta, ['encode', '-to=json', `-output=${json}`, results]);
    return hitsOf(await readFile(json, 'utf8'), plan);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Vegeta takes its targets in turn and begins again when there are no more: what it sends beyond the last call, for a
 * duration that ends between two requests, is warm-up once more.
 */
export function targetsOf({ url, method, calls, firstCall, warmUp }: Attack): string {
  const before = { method, url: new URL(WARM_UP_PATH, url).href };
  const lines = [
    ...Array.from({ length: warmUp }, () => before),
    ...Array.from({ length: calls }, (_, index) => ({
      method,
      url,
      header: { [CALL_HEADER]: [String(firstCall + index)] },
    })),
  ];
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

const REQUESTS_TO_SPARE = 3;

function durationOf({ rate, calls, warmUp }: Attack): number {
  return Math.ceil(((warmUp + calls + REQUESTS_TO_SPARE) * 1000) / rate);
}

/** A line of `vegeta encode -to json`, as far as it is used. */
interface Line {
  readonly seq: number;
  readonly code: number;
  readonly error: string;
  readonly timestamp: string;
  /** Nanoseconds. */
  readonly latency: number;
  readonly url: string;
}

/** @throws Error when not every call is there exactly once. */
export function hitsOf(json: string, { calls, url }: Pick<Attack, 'calls' | 'url'>): Hit[] {
  const lines = json
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line.url === url)
    .toSorted((a, b) => a.seq - b.seq);
  if (lines.length !== calls) throw new Error(`vegeta made ${lines.length} of ${calls} calls`);
  const sent = lines.map(({ timestamp }) => microseconds(timestamp));
  const first = sent.reduce((least, at) => (at < least ? at : least), sent[0] ?? 0n);
  return lines.map(({ seq, code, error, latency }, index) => ({
    seq,
    code,
    error,
    sentAt: Number((sent[index] ?? first) - first) / 1000,
    latency: latency / 1e6,
  }));
}

/** Of Go's RFC 3339, which has up to nine digits after the second and leaves zeros at the end away. */
function microseconds(timestamp: string): bigint {
  const [, whole = '', fraction = '', zone = ''] =
    /^(.+T\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(timestamp) ?? [];
  const ms = Date.parse(`${whole}${zone}`);
  if (Number.isNaN(ms)) throw new Error(`vegeta wrote no time that can be read: ${timestamp}`);
  return BigInt(ms) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
}
