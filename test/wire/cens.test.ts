import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { allRows } from '../allRows.ts';
import { createMachines, type FakeMachines } from '../fakes/machines.ts';
import { cbnClient, type CbnClient } from './cbnClient.ts';
import { createNetworkWorld, type Caller, type NetworkWorld } from './networkWorld.ts';

const HANGZHOU = 'cn-hangzhou';
let world: NetworkWorld;
let machines: FakeMachines;
let applied = 0;
before(async () => {
  machines = createMachines({ driver: 'qemu', applyNetwork: async () => void applied++ });
  world = await createNetworkWorld({ machines });
});
after(() => world[Symbol.asyncDispose]());

interface Party extends Caller {
  cbn: CbnClient;
  /** A VPC of this block. */
  network(CidrBlock: string): Promise<string>;
}

async function party(): Promise<Party> {
  const caller = await world.caller();
  return {
    ...caller,
    cbn: cbnClient(world.world.endpoint, caller),
    network: async (cidrBlock) => (await caller.vpc('CreateVpc', { cidrBlock, vpcName: 'net' }))['VpcId'],
  };
}

const child = (ChildInstanceId: string, more = {}) => ({
  ChildInstanceId,
  ChildInstanceType: 'VPC',
  ChildInstanceRegionId: HANGZHOU,
  ...more,
});

/** The call fails so, and no row is different. */
async function refuses(code: string, status: number, call: () => Promise<unknown>, message = /./): Promise<void> {
  await world.world.settled();
  const rows = await allRows(world.world);
  await assert.rejects(call(), (error: Error & { code: string; entry: { response: { statusCode: number } } }) => {
    assert.equal(error.code, code, error.message);
    assert.equal(error.entry.response.statusCode, status);
    assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(await allRows(world.world), rows);
}

test('a CEN instance is made, found, renamed and deleted, as Terraform does it', async () => {
  const { cbn } = await party();
  const { CenId } = await cbn('CreateCen', { Name: 'office', Description: 'all of it', ProtectionLevel: 'REDUCED' });
  assert.match(CenId, /^cen-[0-9a-z]{20}$/);
  const byId = { 'Filter.1.Key': 'CenId', 'Filter.1.Value.1': CenId };
  const found = async (by: Record<string, string> = byId) => (await cbn('DescribeCens', by)).Cens.Cen;
  assert.partialDeepStrictEqual(await found(), [
    { CenId, Name: 'office', Description: 'all of it', Status: 'Active', ProtectionLevel: 'REDUCED' },
  ]);
  await cbn('ModifyCenAttribute', { CenId, Name: 'workshop' });
  assert.partialDeepStrictEqual(await found({ 'Filter.1.Key': 'Name', 'Filter.1.Value.1': 'workshop' }), [
    { CenId, Description: 'all of it' },
  ]);
  assert.deepEqual(await found({ 'Filter.1.Key': 'Name', 'Filter.1.Value.1': 'office' }), []);
  await refuses('InvalidParameter', 400, () =>
    cbn('DescribeCens', { 'Filter.1.Key': 'Colour', 'Filter.1.Value.1': 'red' }),
  );
  await cbn('DeleteCen', { CenId });
  assert.deepEqual(await found(), []);
  await refuses('ParameterCenInstanceId', 400, () => cbn('DeleteCen', { CenId }));
});

test('VPCs are attached, described, and detached; guests’ networks follow', async () => {
  const { cbn, network, accountId, vpc } = await party();
  const [one, other] = [await network('10.0.0.0/8'), await network('192.168.0.0/16')];
  const { CenId } = await cbn('CreateCen');
  await world.world.settled();
  const earlier = applied;
  for (const id of [one, other]) await cbn('AttachCenChildInstance', { CenId, ...child(id) });
  await world.world.settled();
  assert.ok(applied > earlier);
  const { ChildInstances, TotalCount } = await cbn('DescribeCenAttachedChildInstances', { CenId });
  assert.deepEqual(
    ChildInstances.ChildInstance.map(({ ChildInstanceId }) => ChildInstanceId).sort(),
    [one, other].sort(),
  );
  assert.equal(TotalCount, 2);
  const elsewhere = { CenId, ChildInstanceRegionId: 'cn-beijing' };
  assert.equal((await cbn('DescribeCenAttachedChildInstances', elsewhere)).TotalCount, 0);
  const about = await cbn('DescribeCenAttachedChildInstanceAttribute', { CenId, ...child(one) });
  assert.equal(String(about.ChildInstanceOwnerId), accountId);
  assert.partialDeepStrictEqual(
    { ...about },
    {
      CenId,
      ChildInstanceId: one,
      ChildInstanceName: 'net',
      Status: 'Attached',
    },
  );
  await refuses('InvalidOperation.CenInstanceStatus', 400, () => cbn('DeleteCen', { CenId }), /is attached to it/);
  await world.refuses('DependencyViolation.Instance', 400, () => vpc('DeleteVpc', { vpcId: one }));
  const twice = { CenId, ...child(one) };
  await refuses('InvalidOperation.ChildInstanceAlreadyAttached', 409, () => cbn('AttachCenChildInstance', twice));
  await cbn('DetachCenChildInstance', { CenId, ...child(one) });
  for (const action of ['DetachCenChildInstance', 'DescribeCenAttachedChildInstanceAttribute'])
    await refuses('ParameterInstanceId', 400, () => cbn(action, { CenId, ...child(one) }));
  await vpc('DeleteVpc', { vpcId: one });
});

test('what can’t be attached: other kinds, other regions, what is not there, what overlaps', async () => {
  const { cbn, network, vpc } = await party();
  const [one, same] = [await network('172.16.0.0/16'), await network('172.16.0.0/12')];
  const { CenId } = await cbn('CreateCen');
  const attach = (id: string, more = {}) => cbn('AttachCenChildInstance', { CenId, ...child(id, more) });
  await refuses('ParameterIllegal.ChildInstanceType', 400, () => attach(one, { ChildInstanceType: 'VBR' }));
  await refuses('ParameterInstanceId', 400, () => attach(one, { ChildInstanceRegionId: 'cn-beijing' }));
  await refuses('ParameterInstanceId', 400, () => attach('vpc-nowhere'));
  await refuses('ParameterCenInstanceId', 400, () => attach(one, { CenId: 'cen-none' }));
  await attach(one);
  await refuses('InvalidParameter', 400, () => attach(same), /172\.16\.0\.0\/12 overlaps 172\.16\.0\.0\/16 of vpc-/);
  const apart = await network('192.168.0.0/16');
  await attach(apart);
  await world.refuses('InvalidCidrBlock.Malformed', 400, () =>
    vpc('ModifyVpcAttribute', { vpcId: apart, cidrBlock: '172.16.0.0/16' }),
  );
  await refuses('InvalidParameter', 400, () => cbn('CreateCen', { ProtectionLevel: 'FULL' }));
  await refuses('InvalidParameter', 400, () => cbn('CreateCen', { Name: 'http://office' }));
});

test('another account’s VPC is attached when its owner grants it, and its owner may detach it', async () => {
  const [alice, bob] = [await party(), await party()];
  const his = await bob.network('10.0.0.0/8');
  const { CenId } = await alice.cbn('CreateCen');
  const ofBob = { CenId, ...child(his, { ChildInstanceOwnerId: bob.accountId }) };
  const unauthorised = 'Forbbiden.AttachChildInstanceAcrossUid';
  await refuses(unauthorised, 409, () => alice.cbn('AttachCenChildInstance', ofBob));
  await refuses(unauthorised, 409, () =>
    alice.cbn('AttachCenChildInstance', { ...ofBob, ChildInstanceId: 'vpc-none' }),
  );
  const grant = { cenId: CenId, cenOwnerId: Number(alice.accountId), instanceId: his, instanceType: 'VPC' };
  for (let time = 0; time < 2; time++) await bob.vpc('GrantInstanceToCen', grant);
  const { CenGrantRules } = await bob.vpc('DescribeGrantRulesToCen', { instanceId: his, instanceType: 'VPC' });
  assert.partialDeepStrictEqual(CenGrantRules.CbnGrantRule, [
    { CenInstanceId: CenId, CenOwnerId: Number(alice.accountId) },
  ]);
  await alice.cbn('AttachCenChildInstance', ofBob);
  await world.refuses('OperationConflict', 409, () => bob.vpc('RevokeInstanceFromCen', grant));
  const mallory = await party();
  await refuses('ParameterCenInstanceId', 400, () => mallory.cbn('DetachCenChildInstance', ofBob));
  await bob.cbn('DetachCenChildInstance', { CenId, ...child(his), CenOwnerId: alice.accountId });
  await bob.vpc('RevokeInstanceFromCen', grant);
  await world.refuses('InvalidInstanceId.NotFound', 404, () => bob.vpc('RevokeInstanceFromCen', grant));
  await refuses(unauthorised, 409, () => alice.cbn('AttachCenChildInstance', ofBob));
  for (const action of ['GrantInstanceToCen', 'DescribeGrantRulesToCen'])
    await world.refuses('InvalidInstanceId.NotFound', 404, () => mallory.vpc(action, grant));
  await world.refuses('InvalidParameter', 400, () => bob.vpc('GrantInstanceToCen', { ...grant, instanceType: 'VBR' }));
});
