import { startServer } from '../fetch/started-server.ts';
import { modulePath } from '../rounds.ts';
import { type Case, type PreparedSuite, rounded, times } from '../suite.ts';
import type { ArrangementName } from './arrangements.ts';

const WITHOUT = 'tracing off, nobody listens';
const MORE = 'more µs';
const LOOPBACK = 'on loopback, tracing off';

export async function telemetrySuite(subject: string): Promise<PreparedSuite> {
  const { url, stop } = await startServer();
  const one = (name: string, arrangement: ArrangementName, features: string, goals?: Case['goals']): Case => ({
    name,
    ours: goals !== undefined,
    run: ['--expose-gc', modulePath('telemetry/child.ts'), arrangement, subject],
    base: WITHOUT,
    features,
    ...(goals === undefined ? undefined : { goals }),
  });
  const onLoopback = (name: string, arrangement: ArrangementName): Case => ({
    name,
    ours: false,
    run: [modulePath('telemetry/child.ts'), arrangement, subject, url],
    base: LOOPBACK,
    features: 'the default policy; as noisy as the machine',
  });
  const suite = {
    name: 'telemetry',
    title: 'Telemetry of a call with one attempt',
    method:
      'Around a fetch that answers at once, so that nothing hides what is added: CPU time of the process, one call ' +
      'after the other, the median of 21 samples of 20 ms; bytes as in the core. What an SDK exports, it exports ' +
      'between the samples: that is the exporter’s price, not the call’s. On loopback: as the fetch suite does it.',
    rounds: 7,
    measures: [
      { title: 'µs', figure: 'us', show: rounded(2) },
      { title: MORE, figure: 'us', against: { how: 'difference', base: WITHOUT }, show: rounded(2) },
      { title: '× without', figure: 'us', against: { how: 'ratio', base: WITHOUT }, show: times },
      { title: 'more bytes', figure: 'bytes', against: { how: 'difference', base: WITHOUT }, show: rounded(0) },
    ],
    cases: [
      one(WITHOUT, 'off', 'a look at the meter provider is left'),
      one('no SDK', 'nobody', 'the default', { [MORE]: 1 }),
      one('subscribers of two channels', 'channels', '`meshwise:call`, `meshwise:attempt`'),
      one('the Prometheus handler', 'prometheus', 'three histograms, no SDK'),
      one('an SDK’s meter', 'meter', 'the same three histograms'),
      one('an SDK’s spans, batched', 'spans', 'two spans, `traceparent`'),
      one('an SDK’s meter and spans', 'both', 'all of it'),
      onLoopback(LOOPBACK, 'off'),
      onLoopback('on loopback, no SDK', 'nobody'),
      onLoopback('on loopback, an SDK’s meter and spans', 'both'),
    ],
  } as const satisfies PreparedSuite['suite'];
  return { suite, stop };
}
