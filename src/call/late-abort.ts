const READS = ['text', 'json', 'arrayBuffer', 'blob', 'bytes', 'formData'] as const;

/**
 * Node 22's fetch answers a body's first read with its own AbortError when the abort came before that read; Node 24
 * gives the error that it was aborted with, as the standard has it.
 */
export const NEEDS_HELP_AFTER_ABORT = Number(process.versions.node.split('.')[0]) < 24;

/** Lets every read of an aborted, unread response fail with the error that aborted it. */
export function failReads(response: Response, error: unknown): void {
  if (response.bodyUsed) return;
  for (const name of READS) {
    Object.defineProperty(response, name, { configurable: true, value: async () => Promise.reject(error) });
  }
}
