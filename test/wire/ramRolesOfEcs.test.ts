import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import ram from '@alicloud/ram20150501';
import * as s3 from '@aws-sdk/client-s3';
import { allRows } from '../allRows.ts';
import { createInstanceWorld, REGION, type InstanceWorld, type Launcher } from './instanceWorld.ts';
import { attachPolicy, detachPolicy, makeRole, TRUSTS_ECS, trustPolicy } from './ramClient.ts';

/** Where ECS looks at roles: instances that have one, and images that come from buckets and go into them. */

let world: InstanceWorld;
let alice: Launcher;
let bob: Launcher;
before(async () => {
  world = await createInstanceWorld();
  alice = await world.launcher();
  bob = await world.launcher();
});
after(() => world[Symbol.asyncDispose]());

/** Fails so, and no row is different afterwards. */
async function refuses(code: string, statusCode: number, call: () => Promise<unknown>): Promise<void> {
  await world.world.settled();
  const rows = await allRows(world.world);
  await assert.rejects(call, { code, statusCode });
  assert.deepEqual(await allRows(world.world), rows, code);
}

const roleOf = async (id: string) => (await world.row('instances', id))!.ramRoleName;
const attach = async (ids: readonly string[], ramRoleName: string, besides: object = {}) =>
  (
    await alice.ecs.attachInstanceRamRole(
      new sdk.AttachInstanceRamRoleRequest({
        regionId: REGION,
        ramRoleName,
        instanceIds: JSON.stringify(ids),
        ...besides,
      }),
    )
  ).body!;
const detach = async (ids: readonly string[], ramRoleName?: string) =>
  (
    await alice.ecs.detachInstanceRamRole(
      new sdk.DetachInstanceRamRoleRequest({
        regionId: REGION,
        instanceIds: JSON.stringify(ids),
        ...(ramRoleName !== undefined && { ramRoleName }),
      }),
    )
  ).body!;

test('an instance has a role of its account that trusts ECS, from the launch or later', async () => {
  await makeRole(world.world, alice, 'web');
  await makeRole(world.world, alice, 'db');
  await makeRole(world.world, alice, 'people', trustPolicy({ RAM: `acs:ram::${alice.accountId}:root` }));
  await makeRole(world.world, bob, 'bobs');
  const launch = (ramRoleName: string) => alice.ecs.runInstances(alice.request({ ramRoleName }));
  await refuses('InvalidRamRole.NotFound', 404, () => launch('nobody'));
  await refuses('InvalidRamRole.NotFound', 404, () => launch('bobs'));
  await refuses('InvalidRamRole.NotEcsRole', 401, () => launch('people'));
  const { id: first } = await alice.running({ ramRoleName: 'web' });
  const { id: second } = await alice.running();
  assert.deepEqual([await roleOf(first), await roleOf(second)], ['web', null]);

  await refuses('InvalidRamRole.NotFound', 404, () => attach([second], 'bobs'));
  await refuses('InvalidRamRole.NotEcsRole', 401, () => attach([second], 'people'));
  await refuses('InvalidInstanceIds.Malformed', 400, () => attach([], 'web'));
  await refuses('InvalidInstanceId.NotFound', 404, () => attach([second, 'i-none'], 'web'));
  await refuses('UnsupportedParameter', 400, () => attach([second], 'web', { policy: '{}' }));
  const { id: bobs } = await bob.running();
  await refuses('InvalidInstanceId.NotFound', 404, () => attach([bobs], 'web'));

  const attached = await attach([first, second, second], 'db');
  assert.deepEqual([attached.totalCount, attached.failCount, attached.ramRoleName], [2, 1, 'db']);
  const results = attached.attachInstanceRamRoleResults!.attachInstanceRamRoleResult!;
  assert.deepEqual(
    results.map(({ instanceId, code, success }) => [instanceId, code, success]),
    [
      [first, 'OperationDenied', false],
      [second, '200', true],
    ],
  );
  assert.deepEqual([await roleOf(first), await roleOf(second)], ['web', 'db']);
  assert.equal((await attach([second], 'db')).failCount, 0);

  const detached = await detach([first, second, bobs], 'web');
  assert.deepEqual([detached.totalCount, detached.failCount], [3, 2]);
  assert.deepEqual(
    detached.detachInstanceRamRoleResults!.detachInstanceRamRoleResult!.map((result) => result.code),
    ['200', 'InvalidRamRole.NotFound', 'InvalidInstanceId.NotFound'],
  );
  assert.deepEqual([await roleOf(first), await roleOf(second)], [null, 'db']);
  assert.equal((await detach([first, second])).failCount, 0);
  assert.equal(await roleOf(second), null);
  await refuses('InvalidInstanceIds.Malformed', 400, () => detach([]));
});

const BUCKET = 'role-images';
const IMPORTER = 'AliyunECSImageImportDefaultRole';
const IMPORTS = 'AliyunECSImageImportRolePolicy';
const EXPORTER = 'AliyunECSImageExportDefaultRole';
const EXPORTS = 'AliyunECSImageExportRolePolicy';

async function bucketWith(owner: Launcher, bucket: string, key: string): Promise<void> {
  const client = new s3.S3Client({
    endpoint: world.world.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: owner.accessKeyId, secretAccessKey: owner.accessKeySecret },
  });
  await client.send(new s3.CreateBucketCommand({ Bucket: bucket }));
  await client.send(new s3.PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.alloc(4096, 1) }));
}

test("Packer's post-processor sets up the role that ImportImage wants, and imports", async () => {
  // Without a suffix, as it names its object.
  await bucketWith(alice, BUCKET, 'Packer_123456');
  const mapping = new sdk.ImportImageRequestDiskDeviceMapping({
    OSSBucket: BUCKET,
    OSSObject: 'Packer_123456',
    format: 'RAW',
  });
  const importImage = (besides: object = {}) =>
    alice.ecs.importImage(
      new sdk.ImportImageRequest({ regionId: REGION, diskDeviceMapping: [mapping], dryRun: true, ...besides }),
    );
  const imports = (besides?: object) =>
    assert.rejects(importImage(besides), { code: 'DRYRUN.SUCCESS' }, 'a dry run that succeeds');
  const client = world.world.ram(alice);

  await imports();
  await refuses('NoSetRoletoECSServiceAcount', 403, () => importImage({ roleName: 'nobody' }));
  await makeRole(world.world, bob, 'bobs-importer');
  await attachPolicy(world.world, bob, 'bobs-importer', IMPORTS);
  await refuses('NoSetRoletoECSServiceAcount', 403, () => importImage({ roleName: 'bobs-importer' }));

  // A role with a wrong trust policy and without a policy, as a half-done set-up leaves it.
  await makeRole(world.world, alice, IMPORTER, trustPolicy({ RAM: `acs:ram::${alice.accountId}:root` }));
  await refuses('NoSetRoletoECSServiceAcount', 403, importImage);
  const policies = () => client.listPoliciesForRole(new ram.ListPoliciesForRoleRequest({ roleName: IMPORTER }));
  assert.deepEqual((await policies()).body!.policies!.policy, []);
  await attachPolicy(world.world, alice, IMPORTER, IMPORTS);
  await refuses('NoSetRoletoECSServiceAcount', 403, importImage);
  assert.equal((await policies()).body!.policies!.policy![0]!.policyName, IMPORTS);
  await client.updateRole(new ram.UpdateRoleRequest({ roleName: IMPORTER, newAssumeRolePolicyDocument: TRUSTS_ECS }));
  await imports();
  await imports({ roleName: IMPORTER });
  await detachPolicy(world.world, alice, IMPORTER, IMPORTS);
  await attachPolicy(world.world, alice, IMPORTER, 'AliyunECSFullAccess');
  await refuses('NoSetRoletoECSServiceAcount', 403, importImage);
  await attachPolicy(world.world, alice, IMPORTER, 'AliyunOSSReadOnlyAccess');
  await imports();
});

test('ExportImage wants its own role to be able to write', async () => {
  const imageId = await world.image(bob);
  await bucketWith(bob, 'role-exports', 'any');
  const exportImage = (besides: object = {}) =>
    bob.ecs.exportImage(
      new sdk.ExportImageRequest({ regionId: REGION, imageId, OSSBucket: 'role-exports', ...besides }),
    );
  const isAsked = (besides?: object) => refuses('UserNotInTheWhiteList', 403, () => exportImage(besides)); // comes after the role
  await isAsked();
  await makeRole(world.world, bob, EXPORTER);
  await attachPolicy(world.world, bob, EXPORTER, IMPORTS);
  await refuses('NoSetRoletoECSServiceAcount', 403, exportImage);
  await attachPolicy(world.world, bob, EXPORTER, EXPORTS);
  await isAsked();
  await refuses('NoSetRoletoECSServiceAcount', 403, () => exportImage({ roleName: 'bobs-importer' }));
});
