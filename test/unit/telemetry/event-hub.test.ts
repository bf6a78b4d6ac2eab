import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { EventHub } from '../../../src/telemetry/event-hub.ts';
import { EVENT_NAMES, type EventName, type MeshwiseEvents } from '../../../src/telemetry/events.ts';

type Warning = MeshwiseEvents['warning'];

const told: Warning = { code: 'MESHWISE_TEST', message: 'a test' };

describe('EventHub', () => {
  const emitWarning = vi.spyOn(process, 'emitWarning');

  beforeEach(() => {
    emitWarning.mockReset();
    emitWarning.mockImplementation(() => undefined);
  });

  afterEach(() => {
    expect(EVENT_NAMES.filter((name) => channel(`meshwise:${name}`).hasSubscribers)).toEqual([]);
  });

  it('builds nothing while nobody listens', () => {
    const hub = new EventHub();
    const build = vi.fn(() => told);
    expect(hub.active('warning')).toBe(false);
    hub.emit('warning', build);
    hub.on('call', () => undefined);
    hub.emit('warning', build);
    expect(build).not.toHaveBeenCalled();
  });

  it('tells every listener the same frozen event, built once, in the order of registration', () => {
    const hub = new EventHub();
    const seen: [string, unknown][] = [];
    hub.on('warning', (event) => seen.push(['first', event]));
    hub.on('warning', (event) => seen.push(['second', event]));
    const build = vi.fn(() => ({ ...told }));
    expect(hub.active('warning')).toBe(true);
    hub.emit('warning', build);
    expect(build).toHaveBeenCalledTimes(1);
    expect(seen).toEqual([
      ['first', told],
      ['second', told],
    ]);
    expect(seen[0]?.[1]).toBe(seen[1]?.[1]);
    expect(Object.isFrozen(seen[0]?.[1])).toBe(true);
  });

  it.each(EVENT_NAMES)('tells the diagnostics channel meshwise:%s', (name: EventName) => {
    const hub = new EventHub();
    const messages: unknown[] = [];
    const subscriber = (message: unknown): void => void messages.push(message);
    subscribe(`meshwise:${name}`, subscriber);
    try {
      expect(hub.active(name)).toBe(true);
      hub.emit(name, () => ({ marker: name }) as unknown as MeshwiseEvents[EventName]);
      expect(messages).toEqual([{ marker: name }]);
    } finally {
      unsubscribe(`meshwise:${name}`, subscriber);
    }
    expect(hub.active(name)).toBe(false);
  });

  it('stops telling a listener that was removed, however often one removes it', () => {
    const hub = new EventHub();
    const listener = vi.fn();
    const off = hub.on('warning', listener);
    const offTwice = hub.on('warning', listener);
    off();
    off();
    hub.emit('warning', () => told);
    expect(listener).toHaveBeenCalledTimes(1);
    offTwice();
    hub.emit('warning', () => told);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(hub.active('warning')).toBe(false);
  });

  it('bears listeners that come and go while an event is told', () => {
    const hub = new EventHub();
    const seen: string[] = [];
    const offFirst = hub.on('warning', () => {
      seen.push('first');
      offFirst();
      offSecond();
      hub.on('warning', () => seen.push('late'));
    });
    const offSecond = hub.on('warning', () => seen.push('second'));
    hub.on('warning', () => seen.push('third'));
    hub.emit('warning', () => told);
    expect(seen).toEqual(['first', 'third']);
    hub.emit('warning', () => told);
    expect(seen).toEqual(['first', 'third', 'third', 'late']);
  });

  it.each<[string, (event: Warning) => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken listener');
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken listener'))],
    [
      'throws what cannot be printed',
      () => {
        throw Object.create(null);
      },
    ],
  ])('survives a listener that %s, and says so once', async (_, listener) => {
    const hub = new EventHub();
    const next = vi.fn();
    hub.on('warning', listener);
    hub.on('warning', next);
    hub.emit('warning', () => told);
    hub.emit('warning', () => told);
    await new Promise(setImmediate);
    expect(next).toHaveBeenCalledTimes(2);
    expect(emitWarning).toHaveBeenCalledTimes(1);
    expect(emitWarning).toHaveBeenCalledWith(
      'a listener of "warning" failed; this is said once',
      expect.objectContaining({ type: 'MeshwiseWarning', code: 'MESHWISE_LISTENER_FAILED' }),
    );
  });

  it('refuses names and listeners that are none', () => {
    const hub = new EventHub();
    const loose = hub as unknown as { on(name: string, listener: unknown): () => void };
    expect(() => loose.on('rety', () => undefined)).toThrow(
      new TypeError(`"rety" is not an event; the events are ${EVENT_NAMES.join(', ')}`),
    );
    expect(() => loose.on('toString', () => undefined)).toThrow(TypeError);
    expect(() => loose.on('retry', 'log')).toThrow(new TypeError('the listener of "retry" must be a function'));
  });

  it('has a name for every event', () => {
    expectTypeOf<EventName>().toEqualTypeOf<keyof MeshwiseEvents>();
    expect(new Set(EVENT_NAMES).size).toBe(EVENT_NAMES.length);
  });

  it('keeps hubs apart', () => {
    const [one, other] = [new EventHub(), new EventHub()];
    const listener = vi.fn();
    one.on('warning', listener);
    other.emit('warning', () => told);
    expect(listener).not.toHaveBeenCalled();
  });
});
