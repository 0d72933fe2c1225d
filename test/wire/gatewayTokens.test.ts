import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ecs from '@alicloud/ecs20140526';
import { createWorld, type Account, type World } from '../world.ts';
import { goRequest, send, v3Request } from './rawClient.ts';

let world: World;
before(async () => {
  world = await createWorld();
});
after(() => world[Symbol.asyncDispose]());

const parameters = { RegionId: 'cn-hangzhou', VpcName: 'token', CidrBlock: '10.0.0.0/8' };
const create = async (of: World, account: Account, more: Record<string, string>) =>
  (await send(of.endpoint, goRequest(account, { action: 'CreateVpc', parameters: { ...parameters, ...more } }))).json;
const countVpcs = async (of: World, account: Account) => {
  const { body } = await of.ecs(account).describeVpcs(new ecs.DescribeVpcsRequest({ regionId: 'cn-hangzhou' }));
  return body!.totalCount;
};

test('a repeated ClientToken gets the first answer, whatever the signature', async () => {
  const account = await world.account('repeats');
  const first = await create(world, account, { ClientToken: 'TF-CreateVpc-1' });
  const again = await create(world, account, { ClientToken: 'TF-CreateVpc-1' });
  assert.equal(again['VpcId'], first['VpcId']);
  assert.notEqual(again['RequestId'], first['RequestId']);
  const v3 = v3Request(account, world, {
    action: 'CreateVpc',
    parameters: { ...parameters, ClientToken: 'TF-CreateVpc-1' },
  });
  assert.equal((await send(world.endpoint, v3)).json['VpcId'], first['VpcId']);
  assert.equal(await countVpcs(world, account), 1);
});

test('a ClientToken with other parameters is refused, and creates nothing', async () => {
  const account = await world.account('differs');
  await create(world, account, { ClientToken: 'same' });
  const other = await create(world, account, { ClientToken: 'same', VpcName: 'other' });
  assert.equal(other['Code'], 'IdempotentParameterMismatch');
  assert.equal(await countVpcs(world, account), 1);
});

test('the mismatch has the code that the action has for it', async () => {
  const account = await world.account('own-codes');
  const image = { RegionId: 'cn-hangzhou', SnapshotId: 's-bp1nothing', ClientToken: 'x' };
  await world.parts.database.write((tx) =>
    tx
      .insertInto('clientTokens')
      .values({
        accountId: account.accountId,
        action: 'CreateImage',
        token: 'x',
        parametersHash: 'other',
        response: '{}',
        createdAt: Date.now(),
      })
      .execute(),
  );
  const { json } = await send(world.endpoint, goRequest(account, { action: 'CreateImage', parameters: image }));
  assert.equal(json['Code'], 'IdempotenceParamNotMatch');
});

test('ClientTokens are of one account', async () => {
  const [first, second] = [await world.account('one'), await world.account('two')];
  const ids = [
    await create(world, first, { ClientToken: 'shared' }),
    await create(world, second, { ClientToken: 'shared' }),
  ].map((answer) => answer['VpcId']);
  assert.notEqual(ids[0], ids[1]);
});

test('a call that failed may be repeated with its token', async () => {
  const account = await world.account('fails');
  const bad = await create(world, account, { ClientToken: 'again', CidrBlock: 'nonsense' });
  assert.ok(bad['Code']);
  const good = await create(world, account, { ClientToken: 'again' });
  assert.ok(good['VpcId']);
});

test('of calls at the same time with one token one is done, the others are told so', async () => {
  const account = await world.account('at-once');
  const gate = Promise.withResolvers<void>();
  const held = world.parts.database.write(() => gate.promise);
  const othersAnswered = Promise.withResolvers<void>();
  const codes: unknown[] = [];
  const calls = Array.from({ length: 8 }, async () => {
    const answer = await create(world, account, { ClientToken: 'at-once' });
    codes.push(answer['Code']);
    if (codes.length === 7) othersAnswered.resolve();
    return answer['VpcId'];
  });
  await othersAnswered.promise;
  assert.deepEqual(
    codes,
    Array.from({ length: 7 }, () => 'TOKEN_PROCESSING'),
  );
  gate.resolve();
  await held;
  const made = (await Promise.all(calls)).find(Boolean);
  assert.equal((await create(world, account, { ClientToken: 'at-once' }))['VpcId'], made);
  assert.equal(await countVpcs(world, account), 1);
});

test('malformed ClientTokens', async () => {
  for (const token of ['x'.repeat(65), 'é']) {
    const answer = await create(world, world.operator, { ClientToken: token });
    assert.match(String(answer['Code']), /^InvalidClientToken/);
  }
});

test('a ClientToken survives a restart, and is forgotten after a week', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tongjing-test-'));
  try {
    let account: Account;
    let first: Record<string, unknown>;
    {
      await using earlier = await createWorld({ dataDir });
      account = earlier.operator;
      first = await create(earlier, account, { ClientToken: 'lasting' });
    }
    await using again = await createWorld({ dataDir });
    assert.deepEqual(again.operator, account);
    assert.equal((await create(again, account, { ClientToken: 'lasting' }))['VpcId'], first['VpcId']);
    for (let day = 0; day < 9; day++) {
      again.advance(24 * 3600_000);
      // The daily round has the writer before this does.
      await again.parts.database.write(async () => {});
    }
    assert.notEqual((await create(again, account, { ClientToken: 'lasting' }))['VpcId'], first['VpcId']);
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test('a dry run says that it would work, or what would not, and leaves nothing', async () => {
  const account = await world.account('dry');
  const ask = async (more: Record<string, string>) =>
    (
      await send(
        world.endpoint,
        goRequest(account, { action: 'CreateVpc', version: '2016-04-28', parameters: { ...parameters, ...more } }),
      )
    ).json;
  const good = await ask({ DryRun: 'true', ClientToken: 'dry' });
  assert.deepEqual([good['Code'], await countVpcs(world, account)], ['DryRunOperation', 0]);
  const bad = await ask({ DryRun: 'true', CidrBlock: 'nonsense' });
  assert.ok(bad['Code']);
  assert.notEqual(bad['Code'], 'DryRunOperation');
  assert.ok((await ask({ DryRun: 'false', ClientToken: 'dry' }))['VpcId']);
});

test('DryRun of an action that has no such parameter is refused, not ignored', async () => {
  const { json } = await send(
    world.endpoint,
    goRequest(world.operator, { action: 'DescribeRegions', parameters: { DryRun: 'true' } }),
  );
  assert.equal(json['Code'], 'UnsupportedParameter');
});
