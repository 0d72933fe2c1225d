import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { MachineSpec } from '../machines.ts';
import type { Network } from '../network/network.ts';
import { openUserNetwork } from '../network/user/userNetwork.ts';
import { leftRunning } from './leftRunning.ts';
import { openQemu } from './qemu.ts';
import { connectQmp } from './qmp.ts';

const SPEC: MachineSpec = {
  instanceId: 'i-diskless',
  cpus: 1,
  memoryMib: 64,
  serialNumber: '00000000-0000-4000-8000-000000000000',
  bootMode: 'BIOS',
  disks: [],
  nic: {
    instanceId: 'i-diskless',
    macAddress: '00:16:3e:00:00:01',
    privateIp: '192.168.0.1',
    cidrBlock: '192.168.0.0/24',
    vpcId: 'vpc-1',
    publicIp: null,
  },
  vncPassword: null,
};

function scratch(context: { after(act: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'tongjing-qemu-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test(
  'a machine whose network fails is ended, its start says why, the next one is tried anew, and one that stands still is ended too',
  { timeout: 120_000 },
  async (context) => {
    const dataFolder = scratch(context);
    const working = openUserNetwork({ onMetadata: (_, stream) => stream.destroy(), log: silentLog });
    const faults = [new WorldFault('NetworkFailed', 'nft: it is not there', { retryable: true })];
    const network: Network = {
      ...working,
      async join(nic, folder) {
        const fault = faults.shift();
        if (fault) throw fault;
        await working.join(nic, folder);
      },
    };
    await using machines = await openQemu({
      dataFolder,
      program: '/usr/bin/qemu-system-x86_64',
      accelerator: { name: 'tcg', why: null },
      limits: { cpus: 1, memoryMib: 64 },
      firmwareFolder: dataFolder,
      stopTimeoutMs: 0,
      volumes: {
        open: () => Promise.reject(new Error('it has no disks')),
        close: async () => {},
        ended: () => new Promise(() => {}),
      },
      network,
      log: silentLog,
      onEnded: () => {},
    });
    await assert.rejects(machines.start(SPEC), { code: 'NetworkFailed' });
    assert.equal(await machines.isRunning(SPEC.instanceId), false);
    assert.deepEqual(processesIn(dataFolder), []);
    await machines.start(SPEC);
    assert.equal(processesIn(dataFolder).length, 1);
    await machines.stop({ instanceId: SPEC.instanceId, force: true });
    assert.deepEqual(processesIn(dataFolder), []);

    // One that stands still is ended all the same.
    await machines.start(SPEC);
    process.kill(Number(processesIn(dataFolder)[0]), 'SIGSTOP');
    await machines.stop({ instanceId: SPEC.instanceId, force: false });
    assert.deepEqual(processesIn(dataFolder), []);
  },
);

function processesIn(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/cwd`).startsWith(folder);
    } catch {
      return false;
    }
  });
}

test('a damaged record of a machine keeps no service from starting', (context) => {
  const dataFolder = scratch(context);
  assert.deepEqual(leftRunning(dataFolder), []);
  mkdirSync(join(dataFolder, 'machines'));
  writeFileSync(join(dataFolder, 'machines', 'i-1.json'), '{"spec"');
  assert.deepEqual(leftRunning(dataFolder), []);
});

test('a QEMU that answers no more is not waited for', async (context) => {
  const path = join(scratch(context), 'qmp.sock');
  const server = createServer((socket) => {
    socket.on('error', () => {}).write('{"QMP": {}}\n');
    socket.once('data', () => socket.resume().write('{"return": {}, "id": 1}\n'));
  }).listen(path);
  await once(server, 'listening');
  context.after(() => server.close());
  const qmp = await connectQmp(path, () => {}, 500);
  await assert.rejects(qmp!.execute('screendump'), { code: 'MachineSilent' });
  qmp!.close();
});

test('a control socket that accepts and says nothing is given up', async (context) => {
  const path = join(scratch(context), 'qmp.sock');
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(path);
  await once(server, 'listening');
  context.after(() => server.close());
  assert.equal(await connectQmp(path, () => {}, 50), null);
});
