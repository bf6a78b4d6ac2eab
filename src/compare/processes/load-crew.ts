import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { type Generated, Generator, type GeneratorPlan, type LoadPlan } from '../measure/generator.ts';
import type { WorkerAnswer, WorkerQuestion } from './load-worker.ts';

/** Who makes the load: this thread, or several others, each with clients of its own and every `n`th call. */
export interface LoadCrew {
  run(plan: Omit<LoadPlan, 'share'>): Promise<readonly Generated[]>;
}

export async function loadCrew(plan: GeneratorPlan, workers: number): Promise<LoadCrew> {
  if (workers === 1) {
    const generator = await Generator.open(plan);
    return { run: async (load) => [await generator.run({ ...load, share: { first: 0, of: 1 } })] };
  }
  const file = new URL(`./load-worker${extname(import.meta.url)}`, import.meta.url);
  const crew = Array.from({ length: workers }, () => new Worker(file));
  await Promise.all(crew.map((worker) => ask(worker, { ask: 'prepare', plan })));
  return {
    run: (load) =>
      Promise.all(
        crew.map(async (worker, first) => {
          const answer = await ask(worker, { ask: 'run', plan: { ...load, share: { first, of: workers } } });
          if (!('generated' in answer)) throw new Error('a worker of the load made no load');
          return answer.generated;
        }),
      ),
  };
}

async function ask(worker: Worker, question: WorkerQuestion): Promise<WorkerAnswer> {
  // Rejects with the thread's own error, should it end by one.
  const answered: Promise<WorkerAnswer[]> = once(worker, 'message');
  worker.postMessage(question);
  const [answer] = await answered;
  if (answer === undefined || 'refused' in answer) throw new Error(`a worker of the load: ${answer?.refused}`);
  return answer;
}
