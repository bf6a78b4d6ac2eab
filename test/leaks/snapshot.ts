import { getEventListeners } from 'node:events';
import { collectGarbage } from '../regressions/collect-garbage.ts';
import type { Census } from './census.ts';
import type { Lane } from './lane.ts';
import type { Upstream } from './upstream.ts';

/** What may be left of calls. */
export interface Snapshot {
  readonly heap: number;
  /** What streams and buffers hold outside the heap. */
  readonly buffers: number;
  /** Timers, sockets, pipes: what would keep the process alive, by kind. */
  readonly handles: string;
  readonly processListeners: number;
  readonly signalListeners: number;
  readonly inFlight: number;
  /** Of concurrency limits, places in the queue included. */
  readonly slots: number;
  readonly responses: number;
  readonly signals: number;
  readonly sockets: number;
}

/** Everything that is looked at. */
export interface Scene {
  readonly lanes: readonly Lane[];
  readonly signal: AbortSignal;
  readonly responses: Census;
  readonly signals: Census;
  readonly upstream: Upstream;
}

const POLL = 50;
/** A call that was forgotten ends by its deadline, a socket by its idle timeout: seconds. What is left then is a leak. */
const PATIENCE = 30_000;

/**
 * Waits until nothing is under way, or nothing more happens; then collects garbage and looks. Idle connections may stay
 * (`idle`) where only memory is of interest.
 */
export async function takeSnapshot(scene: Scene, idle: 'may stay' | 'must close'): Promise<Snapshot> {
  const until = performance.now() + PATIENCE;
  const isBusy = async () => {
    const { inFlight, slots, signalListeners } = look(scene);
    if (inFlight + slots + signalListeners > 0) return true;
    return idle === 'must close' && (await scene.upstream.sockets()).open > 0;
  };
  while (performance.now() < until && (await isBusy())) await new Promise((resolve) => setTimeout(resolve, POLL));
  // What finalizers let go of is collected in the next round.
  for (let round = 0; round < 3; round++) await collectGarbage();
  while (performance.now() < until && scene.responses.living + scene.signals.living > 0) await collectGarbage();
  return { ...look(scene), sockets: (await scene.upstream.sockets()).open };
}

function look({ lanes, signal, responses, signals }: Scene): Omit<Snapshot, 'sockets'> {
  const { heapUsed, external } = process.memoryUsage();
  const held = lanes.map((lane) => lane.held);
  return {
    heap: heapUsed,
    buffers: external,
    handles: byKind(process.getActiveResourcesInfo()),
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    signalListeners: getEventListeners(signal, 'abort').length,
    inFlight: held.reduce((sum, { inFlight }) => sum + inFlight, 0),
    slots: held.reduce((sum, { slots }) => sum + slots, 0),
    responses: responses.living,
    signals: signals.living,
  };
}

function byKind(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  // A turn of the event loop that is under way is none of ours.
  counts.delete('Immediate');
  return [...counts]
    .sort()
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ');
}
