import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allRows } from '../allRows.ts';
import { createExplainWorld, type ExplainWorld } from './explainWorld.ts';

let world: ExplainWorld;
before(async () => {
  world = await createExplainWorld();
});
after(() => world[Symbol.asyncDispose]());

test('what cannot be asked is refused, and says what can', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice);
  await world.world.settled();
  const rows = await allRows(world.world);
  const verb = await world.refused(alice, { Verb: 'fly', ResourceId });
  assert.deepEqual([verb.status, verb.code], [400, 'InvalidVerb.NotSupported']);
  assert.match(verb.message, /Verbs are delete, copy, share/);
  const kind = await world.refused(alice, { Verb: 'rollback', ResourceId });
  assert.deepEqual([kind.status, kind.code], [400, 'InvalidVerb.NotSupported']);
  assert.match(kind.message, /takes the id of snapshot or disk/);
  const missing = await world.refused(alice, { Verb: 'copy', ResourceId });
  assert.deepEqual([missing.status, missing.code], [400, 'MissingParameter']);
  assert.match(missing.message, /DestinationRegionId/);
  for (const AccountId of [bob.accountId, '1'.repeat(16)]) {
    const other = await world.refused(alice, { Verb: 'delete', ResourceId, AccountId });
    assert.deepEqual([other.status, other.code], [403, 'Forbidden.NotOperator']);
  }
  const nobody = await world.refused(world.operator, { Verb: 'delete', ResourceId, AccountId: '1'.repeat(16) });
  assert.deepEqual([nobody.status, nobody.code], [404, 'InvalidAccountId.NotFound']);
  const region = await world.refused(alice, { Verb: 'delete', ResourceId, RegionId: 'mars' });
  assert.deepEqual([region.status, region.code], [404, 'InvalidRegionId.NotFound']);
  const resource = await world.refused(alice, { Verb: 'delete' });
  assert.deepEqual([resource.status, resource.code], [400, 'MissingResourceId']);
  assert.deepEqual(await allRows(world.world), rows);
});

test('the operator asks on behalf of any account, and hears what that one would', async () => {
  const alice = await world.party();
  const bob = await world.party();
  const ResourceId = await world.image(alice);
  await world.share(ResourceId, bob);
  const question = { Verb: 'share', ResourceId, WithAccountId: world.operator.accountId };
  for (const { accountId: AccountId, ...key } of [alice, bob]) {
    const own = await world.explain({ accountId: AccountId, ...key }, question);
    const onBehalf = await world.explain(world.operator, { ...question, AccountId });
    assert.equal(onBehalf.AccountId, AccountId);
    // A copy that is rehearsed has another id each time, but none is named.
    assert.deepEqual({ ...onBehalf, RequestId: '' }, { ...own, RequestId: '' });
  }
});

test('commands can be pasted into a shell, whatever was asked', async () => {
  const { Call } = await world.explain(await world.party(), { Verb: 'delete', ResourceId: "m-'; rm -rf $HOME `x`" });
  assert.equal(
    Call.CommandLine,
    String.raw`aliyun ecs DeleteImage --RegionId cn-hangzhou --ImageId 'm-'\''; rm -rf $HOME ` + "`x`'",
  );
});
