import type { CallUpstream } from '../arms/clients/client.ts';
import type { CallOutcome } from './open-loop.ts';

/** Makes a call, reads the whole body, and says what the caller got. Never rejects. */
export async function madeCall(client: CallUpstream, url: string, init: RequestInit): Promise<CallOutcome> {
  try {
    const response = await client(url, init);
    await response.arrayBuffer();
    return { kind: String(response.status), good: response.status < 500 };
  } catch (error) {
    return { kind: kindOf(error), good: false };
  }
}

/** The status or code of an error or of what caused it (fetch wraps a socket's error), else its name. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'thrown value';
  if ('status' in error && typeof error.status === 'number') return String(error.status);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? kindOf(error.cause) : error.name;
}
