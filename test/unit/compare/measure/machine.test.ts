import { describe, expect, it } from 'vitest';
import { busyBetween, ticksIn } from '../../../../src/compare/measure/machine-busy.ts';
import { usageFromProc } from '../../../../src/compare/measure/process-usage.ts';

describe('what /proc tells', () => {
  const status = 'Name:\tenvoy\nVmPeak:\t  200000 kB\nVmHWM:\t   65536 kB\nVmRSS:\t   60000 kB\n';

  it('of a process: CPU and peak memory, whatever the name of the program is', () => {
    const stat = '42 (en) voy (x) S 1 42 42 0 -1 4194560 1500 0 0 0 120 35 0 0 20 0 9 0 100 1 1';
    expect(usageFromProc(stat, status)).toEqual({ cpu: 1550, peakMemory: 65_536 * 1024 });
    expect(usageFromProc('42 (envoy) S', status)).toBeUndefined();
    expect(usageFromProc(stat, 'Name:\tenvoy\n')).toBeUndefined();
  });

  it('of the machine: busy is what is neither idle nor waiting for disks; guests are in the users already', () => {
    const stat = 'cpu  100 0 50 800 40 4 6 0 7 0\ncpu0 50 0 25 400 20 2 3 0 7 0\n';
    expect(ticksIn(stat)).toEqual({ busy: 160, all: 1000 });
    expect(ticksIn('intr 1')).toBeUndefined();
  });

  it('as a share between two looks; unknown where nothing is told or no time has passed', () => {
    expect(busyBetween({ busy: 160, all: 1000 }, { busy: 260, all: 1400 })).toBe(0.25);
    expect(busyBetween(undefined, { busy: 1, all: 2 })).toBeNull();
    expect(busyBetween({ busy: 1, all: 2 }, { busy: 1, all: 2 })).toBeNull();
  });
});
