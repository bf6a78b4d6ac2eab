import { describe, expect, it } from 'vitest';
import { pathAsItArrives } from '../../../../src/meshes/dapr/path-as-it-arrives.ts';

/** What an app behind two daprd 1.18.3 saw; `undefined`: 500 and nothing at the app. test/dapr asks a real one again. */
const SEEN: readonly (readonly [path: string, seen: string | undefined])[] = [
  ['/', '/'],
  ['/charges/42', '/charges/42'],
  ["/a!$&'()*+,;=:@-._~[]b", "/a!$&'()*+,;=:@-._~[]b"],
  ['/a%20%22%3C%3E%5C%5E%60%7B%7C%7Db', '/a%20%22%3C%3E%5C%5E%60%7B%7C%7Db'],
  ['/%C3%A9/%E2%82%AC', '/%C3%A9/%E2%82%AC'],
  ['/v1.0/invoke/x/method/y', '/v1.0/invoke/x/method/y'],
  ['/a./a..b/...', '/a./a..b/...'],
  ['/a%2Fb', '/a/b'],
  ['/a//b', '/a/b'],
  ['//a', '/a'],
  ['/a/', '/a'],
  ['/a/./b', '/a/b'],
  ['/a/../b', '/b'],
  ['/%2e%2e/x', '/x'],
  ['/%41', '/A'],
  ['/%c3%a9', '/%C3%A9'],
  ['/a|b', '/a%7Cb'],
  // One character that has to be escaped, and others are escaped with it.
  ['/a[b%20c', '/a%5Bb%20c'],
  ['/a%5Bb%20c', '/a%5Bb%20c'],
  ['/a%5Bb', '/a[b'],
  ['/a(b)%20c', '/a%28b%29%20c'],
  ['/a!b%C3%A9', '/a%21b%C3%A9'],
  ['/a%21b%C3%A9', '/a%21b%C3%A9'],
  ['/a$b%20c', '/a$b%20c'],
  ['/%25', undefined],
  ['/a%3Fb', undefined],
  ['/a%23b', undefined],
  ['/a%00b', undefined],
  ['/a%7Fb', undefined],
  ['/a%FFb', undefined],
  ['/a%', undefined],
];

describe('the path of an invocation, as the app sees it', () => {
  it.each(SEEN)('%s → %s', (path, seen) => {
    expect(pathAsItArrives(path)).toBe(seen);
  });
});
