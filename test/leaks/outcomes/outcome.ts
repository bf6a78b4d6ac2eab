import { MeshwiseError } from '../../../src/index.ts';
import type { Lane } from '../lane.ts';

/** One way in which calls can go. */
export interface Outcome {
  readonly name: string;
  /** Calls that one run makes. */
  readonly calls: number;
  /** Is nothing left to wait for when `run` ends? Else a deadline or the collector ends the call. */
  readonly ends: boolean;
  /** `signal` is the long-lived one; runs that abort have their own. Throws when it did not go as its name says. */
  run(lane: Lane, signal: AbortSignal): Promise<void>;
}

/** The status of a response that is read to its end. */
export async function statusOf(call: Promise<Response>): Promise<number> {
  const response = await call;
  await response.text();
  return response.status;
}

export async function expectStatus(call: Promise<Response>, status: number): Promise<void> {
  const seen = await statusOf(call);
  if (seen !== status) throw new Error(`status ${seen} instead of ${status}`);
}

/** The call must be rejected with an error of ours with this code, with a TypeError, or with this very reason. */
export async function expectRejection(call: Promise<unknown>, expected: string | Error): Promise<void> {
  let error: unknown;
  try {
    await call;
  } catch (reason) {
    error = reason;
  }
  const known = error instanceof MeshwiseError ? error.code : error instanceof TypeError ? 'TypeError' : error;
  if (error !== expected && known !== expected) {
    throw new Error(`expected ${String(expected)}, not ${String(known)}`, { cause: error });
  }
}
