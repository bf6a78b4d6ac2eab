import { wholeMs } from '../whole-ms.ts';

/** As Go prints durations, so that what `consul config read` gives back is the same; negative: none (agent/xds/routes.go). */
export function consulDuration(ms: number | false): string {
  if (ms === false) return '-1s';
  const whole = wholeMs(ms);
  if (whole < 1000) return `${whole}ms`;
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60];
  const seconds = `${(whole % 60_000) / 1000}s`;
  if (hours > 0) return `${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}
