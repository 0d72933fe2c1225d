import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { silentLog } from '../../../base/log.ts';
import { openUserNetwork } from './userNetwork.ts';

const PUBLIC_IP = '127.64.7.7';

test('a port of a public address that something else has stays with it, and is said; the others lead to the guest', async (context) => {
  const other = createServer((socket) => socket.end('other')).listen(8080, PUBLIC_IP);
  await once(other, 'listening');
  context.after(() => other.close());
  const warned: unknown[] = [];
  const log = { ...silentLog, warn: (about: { port: number }) => void warned.push(about.port) };
  await using network = openUserNetwork({ onMetadata: (_, stream) => stream.destroy(), log: log as typeof silentLog });
  const nic = {
    instanceId: 'i-1',
    macAddress: '00:16:3e:00:00:01',
    privateIp: '192.168.0.1',
    cidrBlock: '192.168.0.0/24',
    vpcId: 'vpc-1',
    publicIp: PUBLIC_IP,
  };
  await network.join(nic, '/nowhere');
  assert.ok(warned.includes(8080) && !warned.includes(3389));
  const [there] = await once(connect(8080, PUBLIC_IP).setEncoding('utf8'), 'data');
  assert.equal(there, 'other');
  const client = connect(3389, PUBLIC_IP);
  await once(client, 'connect');
  client.destroy();
});
