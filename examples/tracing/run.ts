// One order twice, and its trace as text: node examples/tracing/run.ts
import { findEnvoy } from '../../src/compare/envoy/envoy-binary.ts';
import { drawTrace } from './draw-trace.ts';
import { treesOf } from './trace-tree.ts';
import { type ExampleMode, traceOneOrder } from './traced-order.ts';

const WHAT_IT_SHOWS: Readonly<Record<ExampleMode, string>> = {
  process:
    'orders retries: three CLIENT spans of its own, and the waits between them. Its sidecar passes each of them on once.',
  auto: 'The sidecar retries, by the rule exported from orders.yaml: one CLIENT span of orders, which says whose the retries were, and three of the sidecar.',
};

const binary = await findEnvoy({ progress: console.error }).catch((error: Error) => ({ missing: error.message }));
if ('missing' in binary) {
  console.error(binary.missing);
  process.exit(1);
}

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
try {
  for (const mode of ['process', 'auto'] as const) {
    const trace = await traceOneOrder(binary.path, mode, interrupted.signal);
    console.log(`MESHWISE_MODE=${mode}\n${WHAT_IT_SHOWS[mode]}\n`);
    for (const tree of treesOf(trace)) console.log(`${drawTrace(tree)}\n`);
  }
} catch (error) {
  if (!interrupted.signal.aborted) throw error;
  process.exitCode = 130;
}
