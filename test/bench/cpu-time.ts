/**
 * Milliseconds of CPU that this process has used, its compiler's and collector's threads included. On a machine that
 * has nothing else to do that is about the time on the clock; on a busy one it is what the clock would have shown
 * without the neighbours. (The thread's own time advances in steps of 4 ms on Linux, too coarse for a sample.)
 */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
