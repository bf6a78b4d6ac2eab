import { parentPort } from 'node:worker_threads';
import { type Generated, Generator, type GeneratorPlan, type LoadPlan } from '../measure/generator.ts';

/** One thread of the load. It is asked as the process is, and answers with what it measured itself. */
export type WorkerQuestion =
  | { readonly ask: 'prepare'; readonly plan: GeneratorPlan }
  | { readonly ask: 'run'; readonly plan: LoadPlan };

export type WorkerAnswer =
  | { readonly prepared: true }
  | { readonly generated: Generated }
  | { readonly refused: string };

let generator: Generator | undefined;

parentPort?.on('message', (question: WorkerQuestion) => {
  answer(question).then(
    (reply) => parentPort?.postMessage(reply),
    (error: unknown) => {
      const refused = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ refused } satisfies WorkerAnswer);
    },
  );
});

async function answer(question: WorkerQuestion): Promise<WorkerAnswer> {
  if (question.ask === 'prepare') {
    generator = await Generator.open(question.plan);
    return { prepared: true };
  }
  if (generator === undefined) throw new Error('asked to run before it was prepared');
  return { generated: await generator.run(question.plan) };
}
