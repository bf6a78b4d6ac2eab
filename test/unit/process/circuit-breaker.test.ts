import { describe, expect, it } from 'vitest';
import { aCircuit, CIRCUIT } from './a-circuit.ts';

describe('closed', () => {
  it('lets everything through, any number at a time', () => {
    const { circuit, admit } = aCircuit();
    for (let attempt = 0; attempt < 1000; attempt++) admit();
    expect(circuit.state).toBe('closed');
    expect(circuit.retryAfterMs).toBe(0);
  });

  it.each([
    ['below the rate', 3, 2, 'closed'],
    ['at the rate', 2, 2, 'open'],
    ['failures only', 0, 4, 'open'],
    ['too few calls to judge by', 0, 3, 'closed'],
    ['too few failures among many', 7, 6, 'closed'],
  ] as const)('%s: %d good, then %d failed', (_, good, failed, state) => {
    const { circuit, attempts } = aCircuit();
    attempts('ok', good);
    attempts('failed', failed);
    expect(circuit.state).toBe(state);
  });

  it('counts successes from before the first failure', () => {
    const { circuit, attempts } = aCircuit();
    attempts('ok', 20);
    attempts('failed', 19);
    expect(circuit.totals).toEqual({ calls: 39, failures: 19 });
    expect(circuit.state).toBe('closed');
    attempts('failed');
    expect(circuit.state).toBe('open');
  });

  it('forgets them in their turn, as those after it', async () => {
    const { clock, circuit, attempts } = aCircuit();
    for (let second = 0; second < 10; second++) {
      attempts('ok', second + 1);
      if (second < 9) await clock.advance(1000);
    }
    attempts('failed');
    expect(circuit.totals).toEqual({ calls: 56, failures: 1 });
    await clock.advance(1000);
    expect(circuit.totals).toEqual({ calls: 55, failures: 1 });
    await clock.advance(8000);
    expect(circuit.totals).toEqual({ calls: 11, failures: 1 });
    await clock.advance(1000);
    expect(circuit.totals).toEqual({ calls: 0, failures: 0 });
  });

  it('forgets by itself, without traffic', async () => {
    const { clock, circuit, attempts } = aCircuit();
    attempts('failed', 3);
    await clock.advance(10_000);
    expect(circuit.totals).toEqual({ calls: 0, failures: 0 });
    attempts('failed');
    expect(circuit.state).toBe('closed');
    expect(circuit.totals).toEqual({ calls: 1, failures: 1 });
  });

  it('remembers for nine to ten tenths of the window', async () => {
    const { clock, circuit, attempts } = aCircuit();
    await clock.advance(999);
    attempts('failed');
    await clock.advance(9000);
    expect(circuit.totals.calls).toBe(1);
    await clock.advance(1);
    expect(circuit.totals.calls).toBe(0);
  });

  it('opens at a failure only: a success that completes the number of calls does not judge', () => {
    const { circuit, attempts } = aCircuit();
    attempts('failed', 3);
    attempts('ok', 1);
    expect(circuit.state).toBe('closed');
    attempts('failed');
    expect(circuit.state).toBe('open');
  });
});

describe('consecutiveFailures', () => {
  it('opens after as many in a row, however few calls there were', () => {
    const { circuit, attempts } = aCircuit({ consecutiveFailures: 3, minimumCalls: 1000 });
    attempts('failed', 2);
    attempts('ok');
    attempts('failed', 2);
    expect(circuit.state).toBe('closed');
    attempts('failed');
    expect(circuit.state).toBe('open');
  });

  it('may be one', () => {
    const { circuit, attempts } = aCircuit({ consecutiveFailures: 1 });
    attempts('failed');
    expect(circuit.state).toBe('open');
  });

  it('begins anew after the circuit was open', async () => {
    const { clock, circuit, attempts } = aCircuit({ consecutiveFailures: 3, minimumCalls: 1000 });
    attempts('failed', 3);
    await clock.advance(1000);
    attempts('ok');
    attempts('failed', 2);
    expect(circuit.state).toBe('closed');
  });

  it('is off by default: any number in a row among many calls', () => {
    const { circuit, attempts } = aCircuit({ minimumCalls: 1000 });
    attempts('failed', 999);
    expect(circuit.state).toBe('closed');
  });
});

describe('open', () => {
  it('rejects until its time is over, and says how long that is', async () => {
    const { clock, circuit, changed, attempts } = aCircuit();
    attempts('failed', 4);
    expect([circuit.admit(), circuit.retryAfterMs, circuit.state]).toEqual([undefined, 1000, 'open']);
    await clock.advance(400);
    expect([circuit.admit(), circuit.retryAfterMs]).toEqual([undefined, 600]);
    await clock.advance(599.5);
    expect([circuit.admit(), circuit.retryAfterMs]).toEqual([undefined, 0.5]);
    await clock.advance(0.5);
    // Half-open already, although nobody has come by; listeners are told with the first probe.
    expect([circuit.state, circuit.retryAfterMs, changed]).toEqual(['half-open', 0, ['open']]);
    expect(circuit.admit()).toMatchObject({ probe: true });
    expect(changed).toEqual(['open', 'half-open']);
  });

  it('stays open longer each time in a row, up to the maximum', async () => {
    const { clock, circuit, attempts } = aCircuit({ openFor: 1000, maxOpenFor: 3500 });
    attempts('failed', 4);
    const pauses: number[] = [];
    for (let opening = 1; opening <= 6; opening++) {
      expect(circuit.openings).toBe(opening);
      pauses.push(circuit.retryAfterMs);
      await clock.advance(circuit.retryAfterMs);
      attempts('failed');
    }
    expect(pauses).toEqual([1000, 2000, 3000, 3500, 3500, 3500]);
  });

  it('begins with the short time again once it has closed', async () => {
    const { clock, circuit, attempts } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    attempts('failed');
    await clock.advance(2000);
    attempts('ok');
    expect([circuit.state, circuit.openings]).toEqual(['closed', 0]);
    attempts('failed', 4);
    expect(circuit.retryAfterMs).toBe(1000);
  });

  it.each([
    [0, 1000],
    [0.5, 1050],
    [0.999, 1099.9],
  ])('adds up to a tenth of jitter: random %d, %d ms', (random, pause) => {
    const { circuit, attempts } = aCircuit({}, () => random);
    attempts('failed', 4);
    expect(circuit.retryAfterMs).toBeCloseTo(pause, 9);
  });

  it('adds the jitter beyond the maximum as well: else all would come back at once', () => {
    const { circuit, attempts } = aCircuit({ openFor: 10_000 }, () => 0.5);
    attempts('failed', 4);
    expect(circuit.retryAfterMs).toBeCloseTo(10_500, 9);
  });
});

describe('half-open', () => {
  it('lets its probes through and rejects everybody else', async () => {
    const { clock, circuit, attempts, admit } = aCircuit({ probes: 3 });
    attempts('failed', 4);
    await clock.advance(1000);
    for (let probe = 0; probe < 3; probe++) admit();
    expect([circuit.admit(), circuit.retryAfterMs]).toEqual([undefined, 0]);
  });

  it('closes when every probe has succeeded, and not before', async () => {
    const { clock, circuit, changed, attempts, admit } = aCircuit({ probes: 3 });
    attempts('failed', 4);
    await clock.advance(1000);
    const probes = [admit(), admit(), admit()];
    for (const [index, probe] of probes.entries()) {
      expect(circuit.state).toBe('half-open');
      expect(circuit.admit()).toBeUndefined();
      circuit.record(probe, false);
      if (index < 2) expect(circuit.state).toBe('half-open');
    }
    expect(circuit.state).toBe('closed');
    expect(changed).toEqual(['open', 'half-open', 'closed']);
  });

  it('opens again at the first probe that fails, whatever the others say later', async () => {
    const { clock, circuit, attempts, admit } = aCircuit({ probes: 3 });
    attempts('failed', 4);
    await clock.advance(1000);
    const [first, second, third] = [admit(), admit(), admit()];
    circuit.record(first, false);
    circuit.record(second, true);
    expect([circuit.state, circuit.openings]).toEqual(['open', 2]);
    circuit.record(third, false);
    circuit.release(third);
    expect([circuit.state, circuit.openings, circuit.retryAfterMs]).toEqual(['open', 2, 2000]);
  });

  it('asks for every probe anew each time: what succeeded before it opened again does not count', async () => {
    const { clock, circuit, attempts } = aCircuit({ probes: 2 });
    attempts('failed', 4);
    await clock.advance(1000);
    attempts('ok');
    attempts('failed');
    await clock.advance(2000);
    attempts('ok');
    expect(circuit.state).toBe('half-open');
    attempts('ok');
    expect(circuit.state).toBe('closed');
  });

  it('takes back the permit of a probe that never started', async () => {
    const { clock, circuit, attempts, admit } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    for (let aborted = 0; aborted < 100; aborted++) {
      const permit = admit();
      expect(circuit.admit()).toBeUndefined();
      circuit.release(permit);
      expect(circuit.state).toBe('half-open');
    }
    attempts('ok');
    expect(circuit.state).toBe('closed');
  });

  it('takes no permit back into a state to which it does not belong', async () => {
    const { clock, circuit, attempts, admit } = aCircuit({ probes: 2 });
    attempts('failed', 4);
    await clock.advance(1000);
    const [old, failing] = [admit(), admit()];
    circuit.record(failing, true);
    await clock.advance(2000);
    admit();
    circuit.release(old);
    admit();
    expect(circuit.admit()).toBeUndefined();
  });

  it('judges by itself: what was in the window before it opened is forgotten when it closes', async () => {
    const { clock, circuit, attempts } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    attempts('ok');
    expect(circuit.totals).toEqual({ calls: 0, failures: 0 });
    attempts('failed', 3);
    expect(circuit.state).toBe('closed');
  });
});

it('knows which permits are current', async () => {
  const { clock, circuit, attempts, admit } = aCircuit();
  const closed = admit();
  expect(circuit.isCurrent(closed)).toBe(true);
  attempts('failed', 4);
  expect(circuit.isCurrent(closed)).toBe(false);
  await clock.advance(1000);
  const probe = admit();
  expect(circuit.isCurrent(probe)).toBe(true);
  circuit.record(probe, false);
  expect(circuit.isCurrent(probe)).toBe(false);
  expect(circuit.isCurrent(admit())).toBe(true);
});

/** Faults of other breakers, each seen in a run: they must not show here. */
describe('what goes wrong elsewhere', () => {
  it('opossum O4: a probe that hangs blocks the others only until its attempt ends, by a timeout or an abort', async () => {
    const { clock, circuit, attempts, admit } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    const hung = admit();
    await clock.advance(9999);
    expect(circuit.admit()).toBeUndefined();
    circuit.record(hung, true);
    expect(circuit.state).toBe('open');
    await clock.advance(2000);
    circuit.release(admit());
    attempts('ok');
    expect(circuit.state).toBe('closed');
  });

  it('opossum O4: one that has no time limit at all counts as lost after maxOpenFor, and says nothing any more', async () => {
    const { clock, circuit, attempts, admit } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    const lost = admit();
    await clock.advance(10_000);
    const next = admit();
    circuit.record(lost, true);
    expect(circuit.state).toBe('half-open');
    circuit.record(next, false);
    expect(circuit.state).toBe('closed');
  });

  it.each(['open', 'half-open'] as const)(
    'opossum O5: a success from before it opened changes nothing when it is %s',
    async (state) => {
      const { clock, circuit, attempts, admit } = aCircuit();
      const slow = [admit(), admit(), admit()];
      attempts('failed', 4);
      if (state === 'half-open') {
        await clock.advance(1000);
        admit();
      }
      for (const permit of slow) circuit.record(permit, false);
      expect(circuit.state).toBe(state);
      expect(circuit.openings).toBe(1);
      expect(circuit.admit()).toBeUndefined();
    },
  );

  it('opossum O5: nor does a failure from before it opened open it again', async () => {
    const { clock, circuit, attempts, admit } = aCircuit();
    const slow = [admit(), admit(), admit(), admit(), admit()];
    attempts('failed', 4);
    await clock.advance(1000);
    circuit.record(slow[0] ?? admit(), true);
    attempts('ok');
    for (const permit of slow) circuit.record(permit, true);
    expect(circuit.state).toBe('closed');
    expect(circuit.totals).toEqual({ calls: 0, failures: 0 });
  });

  it('opossum O6: a thousand attempts that our own limit rejected are no failures, and no calls', () => {
    const { circuit, admit, attempts } = aCircuit();
    for (let rejected = 0; rejected < 1000; rejected++) circuit.release(admit());
    expect(circuit.totals).toEqual({ calls: 0, failures: 0 });
    attempts('failed', 3);
    expect(circuit.state).toBe('closed');
  });

  it('opossum O8: a probe that says nothing about the upstream does not close the circuit', async () => {
    const { clock, circuit, changed, attempts, admit } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    circuit.release(admit());
    expect(circuit.state).toBe('half-open');
    expect(changed).toEqual(['open', 'half-open']);
  });

  it('opossum O9: after a thousand rejections it takes as few failures to open as ever', async () => {
    const { clock, circuit, attempts } = aCircuit();
    attempts('failed', 4);
    for (let rejected = 0; rejected < 1000; rejected++) expect(circuit.admit()).toBeUndefined();
    await clock.advance(1000);
    attempts('ok');
    attempts('failed', 4);
    expect(circuit.state).toBe('open');
  });

  it('opossum O11: the very first failure does not open it', () => {
    const { circuit, attempts } = aCircuit();
    attempts('failed');
    expect(circuit.state).toBe('closed');
  });

  it('opossum O2: circuits with one policy share nothing, and leave it as it is', () => {
    const policy = Object.freeze({ ...CIRCUIT });
    const [first, second] = [aCircuit(policy), aCircuit(policy)];
    first.attempts('failed', 4);
    expect([first.circuit.state, second.circuit.state]).toEqual(['open', 'closed']);
    expect(second.circuit.totals).toEqual({ calls: 0, failures: 0 });
  });

  it('cockatiel C4: one failure an hour later is judged by this hour, not by the last', async () => {
    const { clock, circuit, attempts } = aCircuit({ minimumCalls: 10 });
    attempts('ok', 8);
    attempts('failed', 7);
    await clock.advance(3_600_000);
    attempts('failed');
    expect(circuit.totals).toEqual({ calls: 1, failures: 1 });
    expect(circuit.state).toBe('closed');
  });

  it('cockatiel C5: nobody waits behind a probe: the others are rejected at once', async () => {
    const { clock, circuit, attempts, admit } = aCircuit();
    attempts('failed', 4);
    await clock.advance(1000);
    admit();
    expect(circuit.admit()).toBeUndefined();
  });
});
