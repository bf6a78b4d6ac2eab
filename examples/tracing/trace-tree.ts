// Puts the spans of traces together: who is whose child.
import type { ReceivedSpan } from './otlp-spans.ts';

export interface TraceTree {
  readonly span: ReceivedSpan;
  /** In the order of their beginnings. */
  readonly children: readonly TraceTree[];
}

/** The spans without a parent among these; of a whole trace, one. */
export function treesOf(spans: readonly ReceivedSpan[]): readonly TraceTree[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const inOrder = spans.toSorted((a, b) => a.start - b.start);
  const treeOf = (span: ReceivedSpan): TraceTree => ({
    span,
    children: inOrder.filter(({ parentId }) => parentId === span.spanId).map(treeOf),
  });
  return inOrder.filter(({ parentId }) => !known.has(parentId)).map(treeOf);
}
