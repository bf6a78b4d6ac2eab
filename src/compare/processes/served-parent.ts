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
  // Ctrl-C reaches the whole group: the parent ends its children in order, and says what happened.
  process.on('SIGINT', () => {});
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
