// One case of the core: `node --expose-gc child.ts <call> <subject>` prints nanoseconds and bytes per call.
import { bytesPerCall, nanosecondsPerCall } from '../measure-calls.ts';
import { CALLS, type CallName } from './calls.ts';

const [, , name, subject] = process.argv;
const call = await CALLS[name as CallName](subject);
const ns = await nanosecondsPerCall(call);
const bytes = await bytesPerCall(call);
console.log(JSON.stringify({ ns, bytes }));
// Not by itself: some of the peers leave timers behind.
process.exit();
