import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environmentSigns } from '../../../../src/ownership/looking/environment-signs.ts';
import { listeningPorts, portsIn } from '../../../../src/ownership/looking/listening-sockets.ts';
import { serviceConnectNames } from '../../../../src/ownership/looking/service-connect-names.ts';

/** As Linux 6.1 writes them. */
const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:3A98 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1337        0 4653099 1 000000001626c6ee 100 0 0 10 0
   1: 00000000:3A99 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1337        0 1593 1 000000004b9eea25 100 0 0 10 0
   2: 0100007F:1F90 0100007F:3A9E 01 00000000:00000000 00:00000000 00000000     0        0 1594 1 0000000000000000 20 4 30 10 -1
   3: 0700000A:3AAD 0800000A:1F90 06 00000000:00000000 03:00000DAF 00000000     0        0 0 3 0000000000000000
`;
const TCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:26AE 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 2 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:9C40 0000000000000000FFFF00000100007F:3A9E 01 00000000:00000000 00:00000000 00000000     0        0 3 1 0000000000000000 20 4 30 10 -1
`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'meshwise-signs-'));
  await writeFile(join(directory, 'tcp'), TCP);
  await writeFile(join(directory, 'tcp6'), TCP6);
});
afterAll(() => rm(directory, { recursive: true }));
const file = (name: string) => join(directory, name);

describe('listening sockets', () => {
  it('are those in the state LISTEN, of both families', async () => {
    expect([...((await listeningPorts([file('tcp'), file('tcp6')])) ?? [])]).toEqual([15_000, 15_001, 9902]);
  });

  it('of one family where the other is switched off', async () => {
    expect([...((await listeningPorts([file('none'), file('tcp6')])) ?? [])]).toEqual([9902]);
  });

  it('are unknown where there is no such table', async () => {
    expect(await listeningPorts([file('none'), file('neither')])).toBeUndefined();
    expect(await listeningPorts([directory])).toBeUndefined();
  });

  it('of a host with many connections are found in the first mebibyte', async () => {
    const connection = TCP.split('\n')[3];
    await writeFile(file('large'), `${TCP}${`${connection}\n`.repeat(20_000)}${TCP.replaceAll('3A98', '0001')}`);
    expect([...((await listeningPorts([file('large')])) ?? [])]).toEqual([15_000, 15_001]);
  });

  it.each(['', 'no table at all\n', '   0: 0100007F:3A98 00000000:0000\n'])('%j has none', (text) => {
    expect(portsIn(text)).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('are those of this machine', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    try {
      expect((await listeningPorts())?.has(port)).toBe(true);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    expect((await listeningPorts())?.has(port)).toBe(false);
  });
});

describe('variables', () => {
  it('are kept where meshes set them, and no others', () => {
    const env = {
      DAPR_HTTP_PORT: ' 3500 ',
      GRPC_XDS_BOOTSTRAP: '',
      PAYMENTS_CONNECT_SERVICE_HOST: '127.0.0.1',
      PAYMENTS_CONNECT_SERVICE_PORT: '1234',
      DATABASE_PASSWORD: 'hunter2',
    };
    expect([...environmentSigns(env)]).toEqual([
      ['DAPR_HTTP_PORT', '3500'],
      ['PAYMENTS_CONNECT_SERVICE_HOST', '127.0.0.1'],
    ]);
  });
});

describe("Service Connect's names", () => {
  it('are those at 127.255.0.0/16 in the hosts file', async () => {
    await writeFile(
      file('hosts'),
      '127.0.0.1 localhost\n10.0.0.7 ip-10-0-0-7\n127.255.0.1 payments\n2600:f0f0:0:0:0:0:0:1 payments\n127.255.0.2 orders.shop\n# 127.255.0.3 old\n',
    );
    expect(await serviceConnectNames(file('hosts'))).toEqual(['payments', 'orders.shop']);
    expect(await serviceConnectNames(file('none'))).toEqual([]);
  });
});
