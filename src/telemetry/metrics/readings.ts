import { type Attributes, diag } from '@opentelemetry/api';
import { INSTRUMENTS, type ReadName } from './instruments.ts';
import { type MetricSource, metricSources } from './metric-source.ts';
import { upstreamLabel } from './upstream-label.ts';

/** A number that is read when somebody collects. */
export interface Reading {
  readonly name: ReadName;
  readonly attributes: Attributes;
  readonly value: number;
}

/** Those that show what is not there, too: an alert on `open` needs its zero. */
const SHOWN_STATES = ['closed', 'half-open', 'open'];

/**
 * All of them, of all sources of the process. Upstreams of one name are one, whoever made their clients, and so are
 * those that share the label `other`: they are added up, but of budgets the smallest counts, which is the first to refuse.
 */
export function readings(): readonly Reading[] {
  const sheet = new Sheet();
  for (const source of metricSources()) {
    try {
      read(source, sheet);
    } catch (problem) {
      diag.error('meshwise: some metrics could not be read', problem);
    }
  }
  return sheet.readings();
}

function read(source: MetricSource, sheet: Sheet): void {
  for (const { upstream, state } of source.circuits()) {
    for (const shown of SHOWN_STATES)
      sheet.add('meshwise.circuit_breaker.circuits', upstream, { 'meshwise.circuit.state': shown }, 0);
    sheet.add('meshwise.circuit_breaker.circuits', upstream, { 'meshwise.circuit.state': state }, 1);
  }
  for (const { upstream, available } of source.budgets()) {
    sheet.add('meshwise.retry_budget.available', upstream, {}, available);
  }
  for (const { upstream, inUse, queued, limit } of source.limits()) {
    sheet.add('meshwise.concurrency.in_use', upstream, {}, inUse);
    sheet.add('meshwise.concurrency.queued', upstream, {}, queued);
    sheet.add('meshwise.concurrency.limit', upstream, {}, limit);
  }
  for (const { upstream, owners } of source.plans()) {
    for (const [concern, owner] of Object.entries(owners)) {
      sheet.add('meshwise.plan.origins', upstream, { 'meshwise.concern': concern, 'meshwise.owner': owner }, 1);
    }
  }
}

/**
 * Of everything that was ever there, a zero. An SDK keeps the last number of what it is not told of any more: retries
 * that were handed over would be the process's for ever as well. There are few, as there are few labels.
 */
const zeros = new Map<string, Reading>();

/** One line for each set of attributes: two in one collection would be an error to whoever collects. */
class Sheet {
  readonly #lines = new Map(zeros);

  add(name: ReadName, upstream: string, others: Attributes, value: number): void {
    const attributes = { 'meshwise.upstream': upstreamLabel(upstream), ...others };
    const key = [name, ...Object.values(attributes)].join(' ');
    const before = this.#lines.get(key);
    this.#lines.set(key, {
      name,
      attributes,
      value: before === undefined ? value : together(name, before.value, value),
    });
    if (before === undefined && adds(name)) zeros.set(key, { name, attributes, value: 0 });
  }

  readings(): readonly Reading[] {
    return [...this.#lines.values()];
  }
}

function together(name: ReadName, one: number, other: number): number {
  return adds(name) ? one + other : Math.min(one, other);
}

function adds(name: ReadName): boolean {
  return INSTRUMENTS[name].kind === 'up-down-counter';
}
