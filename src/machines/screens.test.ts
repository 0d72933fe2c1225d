import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScreens } from './screens.ts';

test('a token opens the screen that it was made for, once, within 15 s, while the instance is its owner’s', async () => {
  let now = 1_000_000;
  const sockets = new Map([['i-1', '/run/vnc-1']]);
  const owners = new Map([['i-1', 'alice']]);
  const screens = createScreens(
    { vncSocket: async (instanceId) => sockets.get(instanceId) ?? null },
    async (accountId, instanceId) => owners.get(instanceId) === accountId,
    () => now,
  );
  const make = async () => (await screens.token('alice', 'i-1'))!;
  assert.equal(await screens.token('alice', 'i-2'), null, 'without a machine');
  assert.equal(await screens.redeem(''), null);

  const used = await make();
  assert.equal(await screens.redeem(`${used}x`), null);
  now += 14_999;
  assert.equal(await screens.redeem(used), '/run/vnc-1');
  assert.equal(await screens.redeem(used), null, 'a second time');

  const late = await make();
  now += 15_000;
  assert.equal(await screens.redeem(late), null, 'after 15 s');

  const stopped = await make();
  sockets.clear();
  assert.equal(await screens.redeem(stopped), null, 'of a machine that ended');

  sockets.set('i-1', '/run/vnc-1');
  const another = await make();
  owners.clear();
  assert.equal(await screens.redeem(another), null, 'of an instance that is gone');
});
