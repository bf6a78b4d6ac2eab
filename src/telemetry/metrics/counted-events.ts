import { EVENT_NAMES, type EventName, type MeshwiseEvents } from '../events.ts';

/**
 * Events that `meshwise.events` does not count. The ends of calls and attempts have histograms, which count them; an
 * exhausted budget is told as a refusal as well, and would count twice; a warning belongs to no upstream.
 */
const UNCOUNTED = ['call', 'attempt', 'retry-budget-exhausted', 'warning'] as const satisfies readonly EventName[];

export type CountedEvent = Exclude<EventName, (typeof UNCOUNTED)[number]>;

export const COUNTED_EVENTS: readonly CountedEvent[] = EVENT_NAMES.filter(isCounted);

export function isCounted(name: EventName): name is CountedEvent {
  return !(UNCOUNTED as readonly EventName[]).includes(name);
}

type Reasons = { readonly [Name in CountedEvent]?: (event: MeshwiseEvents[Name]) => string | undefined };

/** `meshwise.reason`: one of few words. */
const REASONS: Reasons = {
  // The first condition of the policy that the outcome met; none where `retry.when` or the server asked for it.
  retry: ({ reason: [first] }) => (first === undefined ? undefined : String(first)),
  'retry-refused': ({ reason }) => reason,
  timeout: ({ scope }) => scope,
  'owner-changed': ({ why }) => why,
};

/** `event` is one of that name. */
export function reasonOf(name: CountedEvent, event: MeshwiseEvents[CountedEvent]): string | undefined {
  const reason = REASONS[name] as ((event: MeshwiseEvents[CountedEvent]) => string | undefined) | undefined;
  return reason?.(event);
}
