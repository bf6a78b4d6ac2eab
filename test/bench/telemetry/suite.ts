import { startServer } from '../fetch/started-server.ts';
import { modulePath } from '../rounds.ts';
import { type Case, type PreparedSuite, rounded, times } from '../suite.ts';
import type { ArrangementName } from './arrangements.ts';
import type { CallName } from './calls.ts';

const WITHOUT = 'tracing off, nobody listens';
const SINGLE = 'one attempt at most, tracing off';
const RETRIED = 'one retry, tracing off';
const NOTHING = 'an empty function';
const MORE = 'more µs';
const BYTES = 'more bytes';
const LOOPBACK = 'on loopback, tracing off';

/** 3 % of the cheapest request there is: a bare fetch on loopback takes 33 µs. */
const SHARE = { [MORE]: 1 };

export async function telemetrySuite(subject: string): Promise<PreparedSuite> {
  const { url, stop } = await startServer();
  const of =
    (call: CallName, base: string) =>
    (name: string, arrangement: ArrangementName, features: string, goals?: Case['goals']): Case => ({
      name,
      ours: goals !== undefined,
      run: ['--expose-gc', modulePath('telemetry/child.ts'), arrangement, call, subject],
      base,
      features,
      ...(goals === undefined ? undefined : { goals }),
    });
  const one = of('default', WITHOUT);
  const single = of('single', SINGLE);
  const retried = of('retried', RETRIED);
  const onLoopback = (name: string, arrangement: ArrangementName): Case => ({
    name,
    ours: false,
    run: [modulePath('telemetry/child.ts'), arrangement, 'default', subject, url],
    base: LOOPBACK,
    features: 'the default policy; as noisy as the machine',
  });
  const suite = {
    name: 'telemetry',
    title: 'Telemetry of a call',
    method:
      'Around a fetch that answers at once, so that nothing hides what is added: CPU time of the process, one call ' +
      'after the other, the median of 21 samples of 20 ms; bytes as in the core. More: than the nearest row above ' +
      'that has 0 more. What an SDK exports, it exports between the samples: that is the exporter’s price, not the ' +
      'call’s. On loopback: as the fetch suite does it.',
    rounds: 7,
    measures: [
      { title: 'µs', figure: 'us', show: rounded(2) },
      { title: MORE, figure: 'us', against: { how: 'difference', base: WITHOUT }, show: rounded(2) },
      { title: '× without', figure: 'us', against: { how: 'ratio', base: WITHOUT }, show: times },
      { title: BYTES, figure: 'bytes', against: { how: 'difference', base: WITHOUT }, show: rounded(0) },
    ],
    cases: [
      one(WITHOUT, 'off', 'a look at the meter provider is left'),
      one('no SDK', 'nobody', 'the default', SHARE),
      one('subscribers of two channels', 'channels', '`meshwise:call`, `meshwise:attempt`'),
      one('the Prometheus handler', 'prometheus', 'three histograms, no SDK'),
      one('an SDK’s meter', 'meter', 'the same three histograms'),
      one('an SDK’s spans, batched', 'spans', 'two spans, `traceparent`'),
      one('an SDK’s meter and spans', 'both', 'all of it'),
      single(SINGLE, 'off', '`retry: false`'),
      single('one attempt at most, an SDK’s spans, batched', 'spans', 'what an attempt costs: one span, `traceparent`'),
      retried(RETRIED, 'off', 'a 503, a retry without a wait, a 200; neither budget nor breaker'),
      retried('one retry, no SDK', 'nobody', 'the default', SHARE),
      retried('one retry, subscribers of two channels', 'channels', 'three events'),
      retried('one retry, an SDK’s spans, batched', 'spans', 'three spans, one event on them, `traceparent` twice'),
      of('nothing', NOTHING)(NOTHING, 'nobody', 'awaited as a call is'),
      // A look that built anything would show here: an event, or the closure that makes one.
      of('looks', NOTHING)('the looks of one call', 'nobody', 'is anybody there? seven times', {
        [MORE]: 0.1,
        [BYTES]: 16,
      }),
      onLoopback(LOOPBACK, 'off'),
      onLoopback('on loopback, no SDK', 'nobody'),
      onLoopback('on loopback, an SDK’s meter and spans', 'both'),
    ],
  } as const satisfies PreparedSuite['suite'];
  return { suite, stop };
}
