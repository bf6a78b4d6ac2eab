/** What all libraries are given, as far as they have it. */
export const POLICY = {
  timeoutMs: 2000,
  retries: 2,
  backoff: { base: 25, max: 250 },
  failureRate: 0.5,
  windowMs: 10_000,
  openForMs: 5000,
  concurrency: 64,
  queue: 128,
} as const;
