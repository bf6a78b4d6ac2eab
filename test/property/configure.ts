import fc from 'fast-check';
import { expect, inject, vi } from 'vitest';
import { DEFAULT_RUNS } from './settings.ts';

/** The slowest property takes a few seconds of an idle machine; a loaded one may take ten times as long. */
const TIME_LIMIT = 60_000;

const { seed, runs } = inject('properties');
fc.configureGlobal({ seed, numRuns: runs });

const isSlow = expect.getState().testPath?.includes('/test/property/') ?? false;
if (isSlow || runs > DEFAULT_RUNS) vi.setConfig({ testTimeout: (TIME_LIMIT * runs) / DEFAULT_RUNS });
