// One client: `node child.ts <client> <url> <subject>` prints the CPU of this process per request.
import { CLIENTS, type ClientName } from './clients.ts';

const WARM_UP = 3000;
const REQUESTS = 15_000;

const [, , name, url = '', subject] = process.argv;
const client = await CLIENTS[name as ClientName](subject);
for (let count = 0; count < WARM_UP; count++) await client(url);
const before = process.cpuUsage();
for (let count = 0; count < REQUESTS; count++) await client(url);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ us: (user + system) / REQUESTS }));
// Not by itself: sockets are kept alive.
process.exit();
