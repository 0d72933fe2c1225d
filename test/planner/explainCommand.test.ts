import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { tongjing } from './commands.ts';
import type { Explained } from '../explain.ts';
import { createExplainWorld, type ExplainWorld } from './explainWorld.ts';
import { verbs } from '../../src/actions/tongjing/explanations/verbs.ts';

let world: ExplainWorld;
before(async () => {
  world = await createExplainWorld({ config: { catalogue: true } });
});
after(() => world[Symbol.asyncDispose]());

const explain = (...args: string[]) => tongjing(world.world, ['explain', ...args]);

test('yes: the call, what to mind, and exit code 0', async () => {
  const id = await world.image(world.operator);
  const { code, out, err } = await explain('delete', id);
  assert.deepEqual([code, err], [0, '']);
  assert.equal(
    out,
    `Yes, account ${world.operator.accountId} can do this in cn-hangzhou now:
  aliyun ecs DeleteImage --RegionId cn-hangzhou --ImageId ${id}

Mind:
  - System disks that were made from the image, by its owner and by those it was shared with, can no longer be re-initialised.
`,
  );
});

test('no, but: each reason with its steps, the steps as calls, the call after them, and exit code 1', async () => {
  const alice = await world.party();
  const id = await world.image(alice, { regionId: 'cn-beijing' });
  const ran = await explain('launch', id, '--type', 'ecs.g6.large', '--account', alice.accountId);
  assert.deepEqual([ran.code, ran.err], [1, 'NotNow: It can be done after 6 steps.\n']);
  assert.equal(
    ran.out,
    `No, account ${alice.accountId} cannot do this in cn-hangzhou now:
  aliyun ecs RunInstances --RegionId cn-hangzhou --ImageId ${id} --InstanceType ecs.g6.large

Why not:
  InvalidImageId.NotFound (HTTP 404 of RunInstances) -> steps 1, 2
    The specified ImageId does not exist.
    Rule: An image works in its own region only, for its owner and for those it is shared with.
  InvalidSecurityGroupId (HTTP 404 of RunInstances) -> steps 3, 4, 5, 6
    The specified SecurityGroupId is invalid or does not exist.
    Rule: An instance stands in a vSwitch, and in a security group of its VPC.

What makes it possible:
  1. Copy the image from cn-beijing to cn-hangzhou.
     aliyun ecs CopyImage --RegionId cn-beijing --ImageId ${id} --DestinationRegionId cn-hangzhou
  2. Use the new image.
  3. Make a VPC.
     aliyun ecs CreateVpc --RegionId cn-hangzhou --CidrBlock 172.16.0.0/16
  4. Make a vSwitch in it.
     aliyun ecs CreateVSwitch --RegionId cn-hangzhou --VpcId '<VpcId of step 3>' --ZoneId cn-hangzhou-b --CidrBlock 172.16.1.0/24
  5. Make a security group in it.
     aliyun ecs CreateSecurityGroup --RegionId cn-hangzhou --VpcId '<VpcId of step 3>'
  6. Use the vSwitch and the security group.
  Then:
     aliyun ecs RunInstances --RegionId cn-hangzhou --ImageId '<ImageId of step 1>' --InstanceType ecs.g6.large --VSwitchId '<VSwitchId of step 4>' --SecurityGroupId '<SecurityGroupId of step 5>'
`,
  );
});

test('no, and there is no way: what stands for the rule, and advice where there is some', async () => {
  const catalogue = await explain('delete', 'debian_12_x64_20G_alibase_20260101.vhd');
  assert.equal(catalogue.code, 1);
  assert.match(catalogue.err, /^NotPossible: It cannot be done/);
  assert.match(catalogue.out, /Rule: Only own custom images can be deleted/);
  assert.doesNotMatch(catalogue.out, /What makes it possible|Mind:/);
  const image = await world.image(world.operator, { architecture: 'arm64' });
  const { out } = await explain('launch', image, '--type', 'ecs.g6.large');
  assert.match(out, /Do: Choose another instance type: DescribeImageSupportInstanceTypes\./);
});

test('as JSON, what the API says; the exit code is the same', async () => {
  const id = await world.image(world.operator, { status: 'Deprecated' });
  const ran = await explain('copy', id, '--to-region', 'cn-beijing', '--json');
  assert.equal(ran.code, 1);
  const { RequestId: _, ...said } = (await world.explain(world.operator, {
    Verb: 'copy',
    ResourceId: id,
    DestinationRegionId: 'cn-beijing',
  })) as Explained & { RequestId: string };
  assert.deepEqual(JSON.parse(ran.out), said);
});

test('what is missing is named as the option that gives it; a verb that is none is refused', async () => {
  const id = await world.image(world.operator);
  assert.deepEqual(await explain('copy', id), { code: 2, out: '', err: 'Usage: This needs --to-region <id>.\n' });
  const { code, out, err } = await explain('fly', id);
  assert.deepEqual([code, out], [2, '']);
  const choices = /^error: .*'fly' is invalid.*Allowed choices are (.*)\.$/m.exec(err)?.[1]?.split(', ');
  assert.deepEqual(choices?.toSorted(), Object.keys(verbs).toSorted(), 'those of the service');
});
