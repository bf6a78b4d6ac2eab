import { describe, expect, it } from 'vitest';
import { MeshwiseError } from '../../../src/policy/meshwise-error.ts';
import { errorDescription, errorType } from '../../../src/telemetry/span-error.ts';

function systemError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED 10.0.0.3:8080'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

const circular = new Error('round');
circular.cause = circular;

describe('what a span says of an error', () => {
  it.each<[string, unknown, string, string | undefined]>([
    ['a system error', systemError(), 'ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.3:8080'],
    [
      "fetch's error around one",
      new TypeError('fetch failed', { cause: systemError() }),
      'ECONNREFUSED',
      'connect ECONNREFUSED 10.0.0.3:8080',
    ],
    [
      'one error per address',
      new TypeError('fetch failed', { cause: new AggregateError([systemError()]) }),
      'ECONNREFUSED',
      'connect ECONNREFUSED 10.0.0.3:8080',
    ],
    [
      'an undici error',
      new TypeError('fetch failed', { cause: Object.assign(new Error('other side'), { code: 'UND_ERR_SOCKET' }) }),
      'UND_ERR_SOCKET',
      undefined,
    ],
    ['one of ours', new MeshwiseError('MESHWISE_CIRCUIT_OPEN', 'open'), 'MESHWISE_CIRCUIT_OPEN', undefined],
    ['an error without a code', new RangeError('secret'), 'RangeError', undefined],
    ["a DOMException, whose code is an old enum's number", new DOMException('x', 'DataError'), 'DataError', undefined],
    ['a code that is a sentence', Object.assign(new Error('x'), { code: 'id 4711 is gone' }), 'Error', undefined],
    ['a name that is a sentence', Object.assign(new Error('x'), { name: 'id 4711 is gone' }), '_OTHER', undefined],
    ['an error that causes itself', circular, 'Error', undefined],
    ['a string', 'secret', '_OTHER', undefined],
    ['nothing', undefined, '_OTHER', undefined],
    ['null', null, '_OTHER', undefined],
  ])('%s', (_, error, type, description) => {
    expect(errorType(error)).toBe(type);
    expect(errorDescription(error)).toBe(description);
  });

  it('keeps the value of a bad header out of the span', () => {
    let thrown: unknown;
    try {
      new Headers({ authorization: 'sec\0ret' });
    } catch (error) {
      thrown = error;
    }
    expect(String(thrown)).toContain('sec');
    expect(errorDescription(thrown)).toBeUndefined();
    expect(errorType(thrown)).toBe('TypeError');
  });
});
