/** How a child says that it could not answer. */
export interface Refusal {
  readonly refused: string;
}

/**
 * Answers the process that started this one, question by question. When that process is gone, this one ends too:
 * no load and no upstream outlives its experiment.
 */
export function serveParent<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (question: Question) => {
    answer(question).then(
      (reply) => process.send?.(reply),
      (error: unknown) => {
        const refusal: Refusal = { refused: error instanceof Error ? (error.stack ?? error.message) : String(error) };
        process.send?.(refusal);
      },
    );
  });
}

/** A wall time on the scale of this process's `performance.now()`. */
export function onSharedClock(wallTime: number): number {
  return performance.now() + (wallTime - Date.now());
}
