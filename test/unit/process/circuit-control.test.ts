import { describe, expect, it } from 'vitest';
import { aCircuit } from './a-circuit.ts';

describe('held open', () => {
  it('rejects everybody, for as long as it is held', async () => {
    const { clock, circuit, changed } = aCircuit();
    circuit.control('forced-open');
    expect([circuit.admit(), circuit.state, circuit.retryAfterMs]).toEqual([
      undefined,
      'forced-open',
      Number.POSITIVE_INFINITY,
    ]);
    await clock.advance(1_000_000);
    expect([circuit.admit(), circuit.state]).toEqual([undefined, 'forced-open']);
    expect(changed).toEqual(['forced-open']);
  });

  it('does not hear of attempts from before, whatever became of them', () => {
    const { circuit, admit } = aCircuit({ consecutiveFailures: 1 });
    const before = [admit(), admit()];
    circuit.control('forced-open');
    for (const [number, permit] of before.entries()) {
      expect(circuit.isCurrent(permit)).toBe(false);
      circuit.record(permit, number === 0);
    }
    expect([circuit.state, circuit.totals]).toEqual(['forced-open', { calls: 0, failures: 0 }]);
  });

  it('stays so while probes of a half-open time are under way', async () => {
    const { clock, circuit, attempts, admit } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    const probe = admit();
    circuit.control('forced-open');
    circuit.record(probe, false);
    expect([circuit.state, circuit.admit()]).toEqual(['forced-open', undefined]);
  });
});

describe('held closed', () => {
  it('lets everything through and counts nothing', () => {
    const { circuit, changed, attempts } = aCircuit({ consecutiveFailures: 2 });
    circuit.control('forced-closed');
    attempts('failed', 100);
    expect([circuit.state, circuit.retryAfterMs, circuit.totals]).toEqual([
      'forced-closed',
      0,
      { calls: 0, failures: 0 },
    ]);
    attempts('ok', 100);
    expect(circuit.totals).toEqual({ calls: 0, failures: 0 });
    expect(changed).toEqual(['forced-closed']);
  });

  it('opens an open circuit at once', () => {
    const { circuit, attempts, admit } = aCircuit();
    attempts('failed', 4);
    expect(circuit.admit()).toBeUndefined();
    circuit.control('forced-closed');
    expect(admit()).toMatchObject({ probe: false });
  });
});

describe('given back', () => {
  it.each(['forced-open', 'forced-closed'] as const)('from %s is closed, and remembers nothing', (control) => {
    const { circuit, changed, attempts } = aCircuit({ consecutiveFailures: 3 });
    attempts('failed', 2);
    circuit.control(control);
    circuit.control('automatic');
    expect([circuit.state, circuit.totals, circuit.openings]).toEqual(['closed', { calls: 0, failures: 0 }, 0]);
    attempts('failed', 2);
    expect(circuit.state).toBe('closed');
    attempts('failed');
    expect(circuit.state).toBe('open');
    expect(changed).toEqual([control, 'closed', 'open']);
  });

  it('opens for its short time again', async () => {
    const { clock, circuit, attempts } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    attempts('failed');
    expect([circuit.openings, circuit.retryAfterMs]).toEqual([2, 2000]);
    circuit.control('forced-open');
    expect(circuit.openings).toBe(0);
    circuit.control('automatic');
    attempts('failed', 4);
    expect([circuit.openings, circuit.retryAfterMs]).toEqual([1, 1000]);
  });

  it('closes a circuit that opened by itself, too', async () => {
    const { clock, circuit, changed, attempts, admit } = aCircuit();
    attempts('failed', 4);
    circuit.control('automatic');
    expect([circuit.state, circuit.totals, circuit.openings]).toEqual(['closed', { calls: 0, failures: 0 }, 0]);
    expect(circuit.retryAfterMs).toBe(0);
    attempts('failed', 4);
    await clock.advance(1000);
    const probe = admit();
    circuit.control('automatic');
    circuit.record(probe, true);
    expect(circuit.state).toBe('closed');
    expect(changed).toEqual(['open', 'closed', 'open', 'half-open', 'closed']);
  });
});

it('tells nobody of a word that changes nothing', () => {
  const { circuit, changed } = aCircuit();
  circuit.control('automatic');
  for (const control of ['forced-open', 'forced-closed'] as const) {
    circuit.control(control);
    circuit.control(control);
  }
  expect(changed).toEqual(['forced-open', 'forced-closed']);
});
