// Draws a trace as text: a line for each span, with its time as a bar, and below it what happened meanwhile.
import type { AttributeValue, ReceivedSpan, SpanEvent } from './otlp-spans.ts';
import type { TraceTree } from './trace-tree.ts';

const BAR = 24;

/** What of a span's attributes a reader of an incident wants to see, besides meshwise's own. */
const SHOWN = new Map([
  ['http.response.status_code', ''],
  ['http.status_code', ''],
  ['http.request.resend_count', 'resend'],
  ['error.type', 'error'],
  ['retry.count', 'retry'],
  ['response_flags', 'flags'],
  ['http.request.header.x-envoy-attempt-count', 'x-envoy-attempt-count'],
]);

/** On every span of a client, and told by its name. */
const UNSHOWN = new Set(['meshwise.upstream']);

export function drawTrace(root: TraceTree): string {
  const lines = linesOf(root, '', '');
  const width = Math.max(...lines.map(({ left }) => left.length));
  const total = Math.max(root.span.end - root.span.start, 0.001);
  return lines
    .map(({ left, span, right }) =>
      span === undefined
        ? `${left}${right}`
        : `${left.padEnd(width)}  ${barOf(span, root.span.start, total)} ${duration(span)}  ${right}`.trimEnd(),
    )
    .join('\n');
}

interface Line {
  readonly left: string;
  readonly right: string;
  /** None: of an event. */
  readonly span?: ReceivedSpan;
}

function linesOf({ span, children }: TraceTree, branch: string, below: string): readonly Line[] {
  const own: Line = { left: `${branch}${span.service}  ${span.kind} ${nameOf(span)}`, right: factsOf(span), span };
  const events = span.events.map((event) => ({
    at: event.at,
    lines: (_last: boolean) => [eventLine(event, below, children.length > 0)],
  }));
  const subtrees = children.map((child) => ({
    at: child.span.start,
    lines: (last: boolean) => linesOf(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`),
  }));
  const last = subtrees.at(-1);
  const parts = [...events, ...subtrees].toSorted((a, b) => a.at - b.at);
  return [own, ...parts.flatMap((part) => part.lines(part === last))];
}

function eventLine({ name, attributes }: SpanEvent, below: string, branches: boolean): Line {
  return { left: `${below}${branches ? '│' : ' '}  * `, right: [name, ...ownFacts(attributes)].join(', ') };
}

/** Without the port of a listener, which is another one in every run. */
function nameOf({ name }: ReceivedSpan): string {
  return name.replace(/:\d+$/, '');
}

function factsOf({ status, attributes }: ReceivedSpan): string {
  const facts = [...SHOWN].flatMap(([name, label]) => {
    const value = attributes.get(name);
    // Envoy's dash: nothing to say. A failed status is its own error.type.
    if (value === undefined || value === '-' || (name === 'error.type' && value === statusOf(attributes))) return [];
    return [`${label} ${text(value)}`.trim()];
  });
  return [...(status === 'ERROR' ? ['ERROR'] : []), ...facts, ...ownFacts(attributes)].join(', ');
}

function statusOf(attributes: ReceivedSpan['attributes']): string {
  return String(attributes.get('http.response.status_code'));
}

function ownFacts(attributes: ReceivedSpan['attributes']): readonly string[] {
  return [...attributes].flatMap(([name, value]) =>
    name.startsWith('meshwise.') && !UNSHOWN.has(name) ? [`${name.slice('meshwise.'.length)} ${text(value)}`] : [],
  );
}

function text(value: AttributeValue): string {
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  return Array.isArray(value) ? value.map(text).join(' ') : String(value);
}

function barOf({ start, end }: ReceivedSpan, from: number, total: number): string {
  const at = (time: number) => Math.min(BAR, Math.max(0, Math.round(((time - from) / total) * BAR)));
  const begin = Math.min(at(start), BAR - 1);
  const length = Math.max(1, at(end) - begin);
  return `${' '.repeat(begin)}${'█'.repeat(length)}`.padEnd(BAR);
}

function duration({ start, end }: ReceivedSpan): string {
  return `${(end - start).toFixed(1)} ms`.padStart(9);
}
