import { describe, expect, it } from 'vitest';
import { daprMetadata } from '../../../../src/meshes/dapr/metadata.ts';

describe("daprd's metadata", () => {
  it.each([
    ['1.18.3', [{ name: 'some' }, { name: 'other' }], ['some', 'other']],
    // It leaves empty lists out.
    ['1.18.3', undefined, []],
    ['2.0.0', undefined, []],
    ['1.17.9', undefined, undefined],
    ['edge', undefined, undefined],
    ['edge', [{ name: 'some' }], ['some']],
    ['1.18.3', [{ name: 7 }, null, { name: 'some' }], ['some']],
  ])('%s with %o', (runtimeVersion, resiliencies, names) => {
    expect(daprMetadata({ id: 'checkout', runtimeVersion, resiliencies })).toEqual({
      version: runtimeVersion,
      resiliencies: names,
    });
  });

  it.each([undefined, null, 'daprd', {}, { id: 'checkout' }, { runtimeVersion: '1.18.3' }])('is not %o', (json) => {
    expect(daprMetadata(json)).toBeUndefined();
  });
});
