import { type Channel, channel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { EVENT_NAMES, type EventName, type MeshwiseEvents } from './events.ts';
import { isCounted } from './metrics/counted-events.ts';
import { currentRecorder } from './metrics/current-recorder.ts';

type Listener = (event: unknown) => unknown;

interface Registration {
  readonly listener: Listener;
  removed: boolean;
  reported: boolean;
}

/** Process-wide, whatever number of hubs there is. Held here: a channel that nobody holds is collected. */
const channels = Object.fromEntries(EVENT_NAMES.map((name) => [name, channel(`meshwise:${name}`)])) as Readonly<
  Record<EventName, Channel>
>;

/** Hands events to listeners and to `node:diagnostics_channel`. Nothing is built while neither has anybody. */
export class EventHub {
  /** Lists are replaced, not changed: who is being told is not disturbed by who comes and goes meanwhile. */
  readonly #registrations = new Map<EventName, readonly Registration[]>();

  /**
   * Calls `listener` with every event of this name, in the order of registration and in the middle of the call that it
   * tells about: it should be quick. Returns what removes it again; from then on it is not called, not even for the
   * event that is just being told. What it throws, or rejects with, becomes one process warning
   * (`MESHWISE_LISTENER_FAILED`) and harms nothing else.
   *
   * Throws a TypeError for a name that is no event or a listener that is no function.
   */
  on<Name extends EventName>(name: Name, listener: (event: MeshwiseEvents[Name]) => unknown): () => void {
    if (!Object.hasOwn(channels, name)) {
      throw new TypeError(`${JSON.stringify(name)} is not an event; the events are ${EVENT_NAMES.join(', ')}`);
    }
    if (typeof listener !== 'function') throw new TypeError(`the listener of "${name}" must be a function`);
    const registration: Registration = { listener: listener as Listener, removed: false, reported: false };
    this.#registrations.set(name, [...(this.#registrations.get(name) ?? []), registration]);
    return () => this.#remove(name, registration);
  }

  /** Is anybody listening? */
  active(name: EventName): boolean {
    return this.#registrations.has(name) || channels[name].hasSubscribers;
  }

  /** Does anybody listen, or count? For callers to ask first: what `emit` is given costs something even unused. */
  wants(name: EventName): boolean {
    return this.active(name) || (isCounted(name) && currentRecorder() !== undefined);
  }

  /**
   * Tells an event, and counts it where somebody wants metrics. `build` runs once, and only if somebody listens or
   * counts. A subscriber of the diagnostics channel that throws is Node's affair: it raises `uncaughtException` in the
   * next tick.
   */
  emit<Name extends EventName>(name: Name, build: () => MeshwiseEvents[Name]): void {
    const registrations = this.#registrations.get(name);
    const subscribed = channels[name].hasSubscribers;
    const recorder = isCounted(name) ? currentRecorder() : undefined;
    if (registrations === undefined && !subscribed && recorder === undefined) return;
    const event = build();
    Object.freeze(event);
    recorder?.event(name, event);
    if (registrations !== undefined) for (const registration of registrations) tell(name, registration, event);
    if (subscribed) channels[name].publish(event);
  }

  #remove(name: EventName, registration: Registration): void {
    if (registration.removed) return;
    registration.removed = true;
    const left = (this.#registrations.get(name) ?? []).filter((other) => other !== registration);
    if (left.length > 0) this.#registrations.set(name, left);
    else this.#registrations.delete(name);
  }
}

function tell(name: EventName, registration: Registration, event: unknown): void {
  if (registration.removed) return;
  try {
    const result = registration.listener(event);
    // An async listener's rejection would otherwise end the process as an unhandled one.
    if (result instanceof Promise) result.catch((error: unknown) => report(name, registration, error));
  } catch (error) {
    report(name, registration, error);
  }
}

/** Once for each listener: one that fails on every call must not fill the log. */
function report(name: EventName, registration: Registration, error: unknown): void {
  if (registration.reported) return;
  registration.reported = true;
  process.emitWarning(`a listener of "${name}" failed; this is said once`, {
    type: 'MeshwiseWarning',
    code: 'MESHWISE_LISTENER_FAILED',
    detail: inspect(error),
  });
}
