import { describe, expect, it } from 'vitest';
import { DoubledAttempts, proxyAttemptsOf } from '../../../src/process/doubled-attempts.ts';

const reply = (count: string): Response =>
  new Response(null, { status: 503, headers: { 'x-envoy-attempt-count': count } });

describe('what a reply tells of a proxy’s attempts', () => {
  it.each([
    ['1', 1],
    ['3', 3],
    ['41', 41],
    ['9999', 1_000],
    ['0', 1],
    ['-2', 1],
    ['03', 1],
    ['3.5', 1],
    ['10000', 1],
    ['2, 3', 1],
    ['three', 1],
    ['', 1],
  ])('%j is %i', (header, attempts) => {
    expect(proxyAttemptsOf(reply(header))).toBe(attempts);
  });

  it.each([[new Response()], [undefined], ['rows'], [{ headers: { get: () => '3' } }], [null]])(
    '%j says nothing',
    (value) => {
      expect(proxyAttemptsOf(value)).toBe(1);
    },
  );
});

describe('doubled', () => {
  it.each([
    ['one attempt of ours', [['process', '3']], false],
    [
      'two of ours, and nothing said',
      [
        ['process', '1'],
        ['process', '1'],
      ],
      false,
    ],
    [
      'two of ours, one of them made three',
      [
        ['process', '3'],
        ['process', '1'],
      ],
      true,
    ],
    [
      'the last of ours made two',
      [
        ['process', '1'],
        ['process', '2'],
      ],
      true,
    ],
    [
      'handed over, and what is left here',
      [
        ['sidecar', '3'],
        ['process', '1'],
      ],
      false,
    ],
    [
      'handed over, and a single one of ours',
      [
        ['sidecar', '1'],
        ['process', '3'],
      ],
      false,
    ],
  ] as const)('%s: %s', (_, attempts, seen) => {
    const doubled = new DoubledAttempts();
    for (const [owner, count] of attempts) doubled.count({ owner, value: reply(count) });
    expect(doubled.seen).toBe(seen);
  });

  it('adds up', () => {
    const doubled = new DoubledAttempts();
    doubled.count({ owner: 'process', value: reply('3') });
    doubled.count({ owner: 'process', value: undefined });
    doubled.count({ owner: 'sidecar', value: reply('9') });
    expect(doubled).toMatchObject({ attempts: 2, sidecarAttempts: 4 });
  });
});
