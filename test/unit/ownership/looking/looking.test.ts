import { describe, expect, it } from 'vitest';
import { recognition } from '../../../../src/meshes/mesh.ts';
import { Looking } from '../../../../src/ownership/looking/looking.ts';
import { type FoundMesh, NOTHING_SEEN, ownSidecar, type Seen } from '../../../../src/ownership/looking/seen.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';

function found(changes: Partial<FoundMesh> = {}): FoundMesh {
  const evidence = ['listening on 15001, 15006'];
  const sidecar = recognition({ kind: 'sidecar', ours: true, version: '1.40.0', evidence });
  return { ...sidecar, mesh: 'istio', admin: undefined, declared: false, ...changes };
}

const ISTIO: Seen = { found: [found()], noAdmin: undefined };
const STRANGER: Seen = { found: [found({ kind: 'stranger', ours: undefined })], noAdmin: undefined };

function looking(answers: readonly (Seen | Error)[]) {
  const clock = new VirtualClock();
  const looks: number[] = [];
  const failures: unknown[] = [];
  let changes = 0;
  const signals: AbortSignal[] = [];
  const subject = new Looking({
    clock,
    look: async (signal) => {
      signals.push(signal);
      const answer = answers[Math.min(looks.length, answers.length - 1)] ?? NOTHING_SEEN;
      looks.push(clock.now());
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onChange: () => {
      changes++;
    },
    onFailure: (error) => failures.push(error),
  });
  return { clock, looks, signals, failures, subject, changes: () => changes };
}

describe('looking', () => {
  it('does nothing before it is started, and starts once', async () => {
    const { clock, looks, subject } = looking([NOTHING_SEEN]);
    await clock.advance(60_000);
    expect(looks).toEqual([]);
    subject.start();
    subject.start();
    expect(subject.seen).toBe(NOTHING_SEEN);
    await clock.advance(1);
    expect(looks).toEqual([60_000]);
  });

  it('looks again after 5 s when nothing was there, after 30 s when something was', async () => {
    const { clock, looks, subject, changes } = looking([NOTHING_SEEN, STRANGER, ISTIO, ISTIO]);
    subject.start();
    await clock.advance(5_000);
    await clock.advance(5_000);
    expect(ownSidecar(subject.seen)?.mesh).toBe('istio');
    await clock.advance(29_999);
    expect(looks).toEqual([0, 5_000, 10_000]);
    await clock.advance(1);
    expect(looks).toEqual([0, 5_000, 10_000, 40_000]);
    // The stranger, the mesh; the same again is no change.
    expect(changes()).toBe(2);
  });

  it('sees that a sidecar has vanished, and that it is there again', async () => {
    const { clock, subject, changes } = looking([ISTIO, NOTHING_SEEN, ISTIO]);
    subject.start();
    await clock.advance(1);
    expect(ownSidecar(subject.seen)).toBeDefined();
    await clock.advance(30_000);
    expect(subject.seen.found).toEqual([]);
    await clock.advance(5_000);
    expect(ownSidecar(subject.seen)).toBeDefined();
    expect(changes()).toBe(3);
  });

  it('takes a failure for nothing found, and tells it', async () => {
    const failure = new Error('uv_interface_addresses');
    const { clock, looks, failures, subject } = looking([failure, ISTIO]);
    subject.start();
    await clock.advance(5_000);
    expect(looks).toEqual([0, 5_000]);
    expect(failures).toEqual([failure]);
    expect(subject.seen.found).toHaveLength(1);
  });

  it('takes a look that cannot begin for a failure, too', async () => {
    const clock = new VirtualClock();
    const failures: unknown[] = [];
    const failure = new Error('no environment');
    const subject = new Looking({
      clock,
      look: () => {
        throw failure;
      },
      onChange: () => {},
      onFailure: (error) => failures.push(error),
    });
    subject.start();
    await subject.firstLook;
    expect(failures).toEqual([failure]);
    subject.stop();
  });

  it('knows nothing of the first look after a new start before it is over', async () => {
    const { clock, subject } = looking([NOTHING_SEEN, ISTIO]);
    const seen: string[] = [];
    const note = (when: string) => subject.firstLook.then(() => seen.push(`${when}: ${subject.seen.found.length}`));
    void note('first start');
    subject.start();
    await clock.advance(1);
    subject.stop();
    void note('second start');
    await clock.advance(1);
    expect(seen).toEqual(['first start: 0']);
    subject.start();
    await clock.advance(1);
    expect(seen).toEqual(['first start: 0', 'second start: 1']);
    subject.stop();
  });

  it('keeps no process alive, and leaves no timer when it is stopped', async () => {
    const { clock, looks, signals, subject, changes } = looking([ISTIO]);
    subject.start();
    await clock.advance(1);
    expect([clock.timers, clock.referenced]).toEqual([1, 0]);
    subject.stop();
    expect(clock.timers).toBe(0);
    expect(signals.at(-1)?.aborted).toBe(true);
    expect(subject.seen).toBe(NOTHING_SEEN);
    expect(changes()).toBe(2);
    await clock.advance(60_000);
    expect(looks).toHaveLength(1);
  });

  it('forgets an answer that comes after the stop, also when it was started again', async () => {
    const clock = new VirtualClock();
    const answers: ((seen: Seen) => void)[] = [];
    const subject = new Looking({
      clock,
      look: () => new Promise((resolve) => answers.push(resolve)),
      onChange: () => {},
      onFailure: () => {},
    });
    subject.start();
    subject.stop();
    subject.start();
    answers[0]?.(ISTIO);
    await clock.advance(1);
    expect(subject.seen).toBe(NOTHING_SEEN);
    expect(clock.timers).toBe(0);
    answers[1]?.(ISTIO);
    await clock.advance(1);
    expect(subject.seen).toBe(ISTIO);
    expect(clock.timers).toBe(1);
  });
});

describe('the own sidecar', () => {
  it.each<[string, readonly FoundMesh[], boolean]>([
    ['one that is ours', [found()], true],
    ['one that is announced as ours', [found({ state: 'announced' })], true],
    ["somebody else's", [found({ ours: false })], false],
    ['one that may be anybody’s', [found({ ours: undefined })], false],
    ['ambient', [found({ kind: 'ambient' })], false],
    ['proxyless gRPC', [found({ kind: 'proxyless' })], false],
  ])('%s: %#', (_what, all, own) => {
    expect(ownSidecar({ found: all, noAdmin: undefined }) !== undefined).toBe(own);
  });

  it('is the declared one, then a running one', () => {
    const all = [found({ state: 'announced' }), found({ version: '1' }), found({ declared: true, version: '2' })];
    expect(ownSidecar({ found: all, noAdmin: undefined })?.version).toBe('2');
    expect(ownSidecar({ found: all.slice(0, 2), noAdmin: undefined })?.version).toBe('1');
  });
});
