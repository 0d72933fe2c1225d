import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMachines } from '../fakes/machines.ts';
import { createNetworkWorld } from './networkWorld.ts';

const LOUD = '\x1b[31mred\x1b[0m <script>alert(1)</script>\x00\r\nlogin: ';
const PICTURE = Buffer.from('\x89PNG\r\n', 'latin1');
const ACTIONS = ['GetInstanceConsoleOutput', 'GetInstanceScreenshot'];

test("a guest's serial line and screen come as Base64, whatever they hold", async () => {
  const machines = createMachines({
    driver: 'qemu',
    consoleOutput: async (_, most) => ({
      bytes: Buffer.from(LOUD).subarray(0, most),
      writtenAt: Date.UTC(2026, 10, 26, 20),
    }),
    screenshot: async () => PICTURE,
  });
  await using world = await createNetworkWorld({ machines });
  const caller = await world.caller();
  const other = await world.caller();
  const instanceId = await world.instance(caller);
  const stopped = await world.instance(caller, { status: 'Stopped' });
  const hers = await world.instance(other);
  const output = await caller.ecs('GetInstanceConsoleOutput', { instanceId });
  assert.equal(Buffer.from(output['ConsoleOutput'], 'base64').toString(), LOUD);
  assert.equal(output['LastUpdateTime'], '2026-11-27 04:00:00');
  const plain = await caller.ecs('GetInstanceConsoleOutput', { instanceId, removeSymbols: true });
  assert.equal(Buffer.from(plain['ConsoleOutput'], 'base64').toString(), 'red <script>alert(1)</script>\nlogin: ');
  const shot = await caller.ecs('GetInstanceScreenshot', { instanceId });
  assert.deepEqual(Buffer.from(shot['Screenshot'], 'base64'), PICTURE);
  for (const action of ACTIONS) {
    await world.refuses('IncorrectInstanceStatus', 405, () => caller.ecs(action, { instanceId: stopped }));
    await world.refuses('InvalidParameter', 404, () => caller.ecs(action, { instanceId: hers }));
    await world.refuses('InvalidParameter', 404, () => caller.ecs(action, { instanceId, regionId: 'cn-beijing' }));
  }
});

test('where instances do not boot there is nothing to see', async () => {
  await using world = await createNetworkWorld();
  const caller = await world.caller();
  const instanceId = await world.instance(caller);
  for (const action of ACTIONS) await world.refuses('NotSupported', 405, () => caller.ecs(action, { instanceId }));
});
