import { expect, it } from 'vitest';
import { readDocument } from './documents.ts';
import { regionOf } from './region.ts';
import { spanMakersTable } from './telemetry/span-makers-table.ts';

it('the page on telemetry says who makes the spans, as test/sockets/tracing asserts it', () => {
  const { text } = readDocument('docs/telemetry.md');
  expect(regionOf(text, 'span makers'), 'written again by node test/docs/telemetry/write.ts').toBe(spanMakersTable());
});
