/** Milliseconds as people read them: `0.42 ms`, `12.3 ms`, `401 ms`, `2.4 s`. */
export function time(ms: number): string {
  if (ms >= 1000) return `${trimmed(ms / 1000, 2)} s`;
  return `${trimmed(ms, ms >= 100 ? 0 : ms >= 10 ? 1 : 2)} ms`;
}

/** What one waits for, rounded up: in seconds below two minutes, else in minutes: `90 s`, `40 min`. */
export function waitingTime(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 120 ? `${count(seconds)} s` : `${count(Math.ceil(seconds / 60))} min`;
}

/** `12,345` */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A share of 1 as `51.2 %`. */
export function percent(share: number, digits = 1): string {
  return `${trimmed(share * 100, digits)} %`;
}

/** A share of 1 with its sign: `+1.2 %`. */
export function deviation(share: number): string {
  const shown = percent(share);
  return share < 0 || shown === '0 %' ? shown.replace(/^-0 /, '0 ') : `+${shown}`;
}

export function mebibytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20);
}

/** `a`, `a and b`, `a, b and c` */
export function enumeration(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** A policy in one line, as one would write it: `timeout: 2s, retry: { limit: 2 }`. */
export function policyLine(policy: object): string {
  return Object.entries(policy)
    .map(([key, value]) => `${key}: ${isObject(value) ? `{ ${policyLine(value)} }`.replace('{  }', '{}') : value}`)
    .join(', ');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function trimmed(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
