/** For tests of code that uses meshwise: time that is moved by hand, randomness that repeats, a fetch by script. */
export { type ScriptedAnswer, type ScriptedFetch, type ScriptedRequest, scriptedFetch } from './scripted-fetch.ts';
export { seededRandom } from './seeded-random.ts';
export { VirtualClock } from './virtual-clock.ts';
