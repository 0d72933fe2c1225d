import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { createImageWorld, type ImageWorld, type Party } from '../wire/imageWorld.ts';
import { Killed, tongjing } from './commands.ts';

let world: ImageWorld;
before(async () => {
  world = await createImageWorld();
});
after(() => world[Symbol.asyncDispose]());

const network = async (party: Party, regionId: string) => {
  const { ecs } = party;
  const { body: vpc } = await ecs.createVpc(new sdk.CreateVpcRequest({ regionId, cidrBlock: '10.0.0.0/8' }));
  const zoneId = `${regionId}-h`;
  const { vpcId } = vpc!;
  const made = await ecs.createVSwitch(
    new sdk.CreateVSwitchRequest({ regionId, vpcId, zoneId, cidrBlock: '10.1.0.0/16' }),
  );
  const { body: group } = await ecs.createSecurityGroup(new sdk.CreateSecurityGroupRequest({ regionId, vpcId }));
  return { regionId, vSwitchId: made.body!.vSwitchId!, securityGroupId: group!.securityGroupId! };
};

async function launch(party: Party, regionId = 'cn-hangzhou'): Promise<string> {
  const imageId = await world.image(world.operator, { kind: 'system', regionId });
  const { body } = await party.ecs.runInstances(
    new sdk.RunInstancesRequest({
      ...(await network(party, regionId)),
      imageId,
      instanceType: 'ecs.g6.large',
      dataDisk: [new sdk.RunInstancesRequestDataDisk({ size: 20, category: 'cloud_essd' })],
    }),
  );
  await world.world.settled();
  return body!.instanceIdSets!.instanceIdSet![0]!;
}

/** What there is to see, times and jobs apart. */
async function state(): Promise<unknown> {
  await world.world.settled();
  const { read } = world.world.parts.database;
  return {
    images: await read.selectFrom('images').select(['id', 'status']).where('deletedAt', 'is', null).execute(),
    shares: await read.selectFrom('imageShares').selectAll().execute(),
    snapshots: await read.selectFrom('snapshots').select(['id', 'status']).execute(),
    disks: await read.selectFrom('disks').select(['id', 'status', 'instanceId', 'sizeGib']).execute(),
    instances: await read.selectFrom('instances').select(['id', 'status', 'imageId']).execute(),
    vpcs: await read.selectFrom('vpcs').select('id').execute(),
    vSwitches: await read.selectFrom('vSwitches').select('id').execute(),
    groups: await read.selectFrom('securityGroups').select('id').execute(),
  };
}

const plansLeft = () => {
  const folder = join(world.world.dataDir, 'plans');
  return existsSync(folder) ? readdirSync(folder) : [];
};

const STEP = /^\[(\d+)\/(\d+)\] /;

/** Every plan with the steps before its last, which can be interrupted and taken back. */
const plans: Record<string, () => Promise<string[]>> = {
  async 'wnw_26f clone'() {
    const alice = await world.party();
    return ['clone', await launch(alice), '--account', alice.accountId];
  },
  async 'pkf_2xq migrate to another region and account'() {
    const alice = await world.party();
    const bob = await world.party();
    const to = ['--to-region', 'cn-beijing', '--to-account', bob.accountId];
    return ['migrate', await launch(alice), '--account', alice.accountId, ...to];
  },
  async '053_0tw system-only'() {
    const alice = await world.party();
    const image = await world.image(alice, {}, [{}]);
    return ['image', 'system-only', image, '--account', alice.accountId];
  },
};

for (const [name, prepare] of Object.entries(plans)) {
  test(`${name}: interrupted at each step, it leaves everything as it was`, async () => {
    const args = await prepare();
    const earlier = await state();
    let steps = 1;
    for (let at = 1; at <= steps; at += 1) {
      const ran = await tongjing(world.world, [...args, '--yes'], {
        hear(line, interrupt) {
          const [, step, of] = STEP.exec(line) ?? [];
          steps = Math.max(steps, Number(of ?? 0));
          if (Number(step) === at) interrupt();
        },
      });
      assert.equal(ran.code, 130, `${at}: ${ran.err}`);
      assert.match(ran.err, /Interrupted: .*Everything is as it was before\./);
      assert.deepEqual(await state(), earlier, `step ${at}: ${ran.err}`);
      assert.deepEqual(plansLeft(), []);
    }
    assert.ok(steps >= 4, 'there were steps');
  });

  test(`${name}: killed at each step, the same command goes on; killed and undone, nothing is left`, async () => {
    const args = await prepare();
    const earlier = await state();
    const killAt = (at: number) =>
      tongjing(world.world, [...args, '--yes'], {
        hear(line) {
          if (Number(STEP.exec(line)?.[1]) === at) throw new Killed();
        },
      });
    for (let at = 2; at <= 4; at += 1) {
      await assert.rejects(killAt(at), Killed);
      assert.equal(plansLeft().length, 1);
      const undone = await tongjing(world.world, [...args, '--undo']);
      assert.equal(undone.code, 0, undone.err);
      assert.deepEqual(await state(), earlier, undone.err);
    }
    for (let at = 2; at <= 4; at += 1) await assert.rejects(killAt(at), Killed);
    const ran = await tongjing(world.world, [...args, '--yes', '--json']);
    assert.equal(ran.code, 0, ran.err);
    assert.match(ran.err, /was begun at .* and not finished/);
    assert.ok(Object.keys(JSON.parse(ran.out) as object).length > 0);
    assert.deepEqual(plansLeft(), []);
    assert.equal((await tongjing(world.world, [...args, '--undo'])).code, 1, 'nothing is left to undo');
  });
}

test('wnw_26f clone: a call that was cut off between its answer and the journal is the same call again', async () => {
  const alice = await world.party();
  const id = await launch(alice);
  const earlier = await state();
  const args = ['clone', id, '--account', alice.accountId, '--yes'];
  const release = world.world.plane.hold('store');
  const killed = tongjing(world.world, args, {
    hear(line) {
      // The wait for the image has begun: its call is answered.
      if (/^ {6} \d+%/.test(line)) throw new Killed();
    },
  });
  await assert.rejects(killed, Killed);
  const file = join(world.world.dataDir, 'plans', plansLeft()[0]!);
  const journal = JSON.parse(readFileSync(file, 'utf8')) as { begun: string | null; results: Record<string, unknown> };
  delete journal.results['image'];
  writeFileSync(file, JSON.stringify({ ...journal, begun: 'image' }));
  release();
  const undone = await tongjing(world.world, [...args, '--undo']);
  assert.equal(undone.code, 0, undone.err);
  assert.deepEqual(await state(), earlier);
});

test('pkf_2xq migrate: interrupted while a copy is under way, which is cancelled', async () => {
  const alice = await world.party();
  const args = ['migrate', await launch(alice), '--account', alice.accountId, '--to-region', 'cn-beijing', '--yes'];
  const earlier = await state();
  const release = world.world.plane.hold('copy');
  let isCopying = false;
  const ran = await tongjing(world.world, args, {
    hear(line, interrupt) {
      if (STEP.test(line)) isCopying = line.includes('Copy the image');
      else if (isCopying && line.includes('%')) interrupt();
      if (line.startsWith('Undoing: Copy')) release();
    },
  });
  assert.equal(ran.code, 130, ran.err);
  assert.deepEqual(await state(), earlier);
});

test('wnw_26f clone: what fails is undone, or left as one wants', async () => {
  const alice = await world.party();
  const id = await launch(alice);
  const earlier = await state();
  await world.world.parts.database.write((tx) =>
    tx.insertInto('accountQuotas').values({ accountId: alice.accountId, name: 'images', value: 0 }).execute(),
  );
  const args = ['clone', id, '--account', alice.accountId];
  const failed = await tongjing(world.world, [...args, '--yes']);
  assert.equal(failed.code, 1);
  assert.match(failed.err, /QuotaExceed\.Image: .*Everything is as it was before\./);
  assert.deepEqual(await state(), earlier);

  let asked = 0;
  const left = await tongjing(world.world, args, { answers: () => (asked++ === 0 ? 'yes' : 'no') });
  assert.equal(left.code, 1);
  assert.match(left.err, /The same command again goes on from here; with --undo/);
  assert.equal((await world.row('instances', id))!.status, 'Stopped');
  await world.world.parts.database.write((tx) =>
    tx.deleteFrom('accountQuotas').where('accountId', '=', alice.accountId).execute(),
  );
  const ran = await tongjing(world.world, [...args, '--yes']);
  assert.equal(ran.code, 0, ran.err);
  assert.equal((await world.row('instances', id))!.status, 'Running');
});

test('nobody says yes: nothing is done', async () => {
  const alice = await world.party();
  const args = ['clone', await launch(alice), '--account', alice.accountId];
  const earlier = await state();
  const unasked = await tongjing(world.world, args);
  assert.equal(unasked.code, 2);
  assert.match(unasked.err, /Stop i-.*\n.*Make an image of all its disks/);
  assert.equal((await tongjing(world.world, args, { answers: () => 'no' })).code, 1);
  assert.deepEqual(await state(), earlier);
  assert.deepEqual(plansLeft(), []);
});

test('pkf_2xq migrate onto an instance: once its system disk is replaced there is only on', async () => {
  const alice = await world.party();
  const id = await launch(alice);
  const target = await launch(alice);
  const args = ['migrate', id, '--account', alice.accountId, '--replace', target, '--yes'];
  await assert.rejects(
    tongjing(world.world, args, {
      hear(line) {
        if (line.includes(`Start ${target} again`) && STEP.test(line)) throw new Killed();
      },
    }),
    Killed,
  );
  const undone = await tongjing(world.world, [...args, '--undo']);
  assert.match(undone.err, /^TooLateToUndo: /);
  assert.equal((await tongjing(world.world, args)).code, 0);
  assert.equal((await world.row('instances', target))!.status, 'Running');
});

test('what is not there, or not the account’s, is refused before anything is done', async () => {
  const alice = await world.party();
  const mallory = await world.party();
  const id = await launch(alice);
  const of = (party: Party) => ['--account', party.accountId, '--yes'];
  const cases: [string[], string][] = [
    [['clone', id, ...of(mallory)], 'InstanceNotFound'],
    [['clone', 'i-none', ...of(alice)], 'InstanceNotFound'],
    [['clone', id, '--account', '1'.repeat(16), '--yes'], 'AccountNotFound'],
    [['clone', id, '--data-size', '/dev/xvdz=40', ...of(alice)], 'Usage'],
    [['clone', id, '--data-size', 'big', ...of(alice)], 'Usage'],
    [['clone', id, '--count', '0', ...of(alice)], 'Usage'],
    [['migrate', id, '--replace', id, ...of(alice)], 'SameInstance'],
    [['migrate', id, '--replace', 'i-none', ...of(alice)], 'InstanceNotFound'],
    [['image', 'system-only', 'm-none', ...of(alice)], 'ImageNotFound'],
  ];
  const earlier = await state();
  for (const [args, code] of cases) {
    const ran = await tongjing(world.world, args);
    assert.ok(ran.err.startsWith(`${code}: `), `${args.join(' ')}: ${ran.err}`);
  }
  assert.deepEqual(await state(), earlier);
});
