import { describe, expect, it } from 'vitest';
import { readDocument } from './documents.ts';
import { shownIn } from './runbook/blocks.ts';
import { SIGHTS, shownSight } from './runbook/sights.ts';

const RUNBOOK = readDocument('docs/runbook.md');
const SHOWN = shownIn(RUNBOOK.text);

describe('the runbook', () => {
  it.each(SIGHTS)('shows the $name as an application sees it', async ({ name, see }) => {
    expect(SHOWN.get(name), 'made again by node test/docs/ownership/write.ts').toBe(shownSight(await see()));
  });

  it('shows no other JSON', () => {
    expect([...SHOWN.keys()].sort()).toEqual(SIGHTS.map(({ name }) => name).sort());
    expect(RUNBOOK.blocks.filter(({ language }) => language === 'json')).toHaveLength(SIGHTS.length);
  });

  it('quotes doctor as it speaks on the page about ownership', () => {
    const spoken = readDocument('docs/ownership.md').text;
    const quotes = RUNBOOK.blocks.filter(({ language }) => language === '');
    expect(quotes.length).toBeGreaterThan(2);
    for (const { code } of quotes) expect(spoken).toContain(code);
  });
});
