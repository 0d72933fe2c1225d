// lqt_tci: instances in different VPCs can’t reach each other until the VPCs are joined, by CEN or by peering.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import RPCClient from '@alicloud/pop-core';
import { makeTiny, openGuestWorld, REGION, type Guest, type GuestWorld } from '../guests/guestWorld.ts';
import type { Tenant } from '../../src/cli/demo/tenant.ts';
import { namesOf } from '../../src/machines/network/namespace/names.ts';
import { cbnClient } from '../wire/cbnClient.ts';
import { vpcPeerClient } from '../wire/vpcPeerClient.ts';
import { until } from '../until.ts';

const execute = promisify(execFile);
const bin = new URL('../../bin/tongjing', import.meta.url).pathname;
/** A guest takes some ten seconds to boot on two idle cores without KVM. */
const LIMIT = { timeout: 900_000 };
/** Not those of other tenants' first network. */
const BLOCKS = { vpc: '192.168.0.0/16', vSwitch: '192.168.1.0/24' };

interface Where {
  PrivateIp: string;
  VpcId: string;
}

test(
  'lqt_tci: two guests in two VPCs, of two accounts, reach each other while a CEN instance joins them, or by routes over a peering connection',
  LIMIT,
  async () => {
    await using world = await openGuestWorld(['--network', 'namespace']);
    const ImageId = await world.importDisk(await makeTiny(world.folder), 'tiny');
    const [alice, bob] = [await world.tenant('alice'), await world.tenant('bob')];
    const [hers, his] = await Promise.all([
      world.launch(alice, { ImageId, KeyPairName: 'key' }),
      world.launch(bob, { ImageId, KeyPairName: 'key', ...(await bob.makeNetwork(REGION, BLOCKS)) }),
    ]);
    await Promise.all([world.loginReady(hers), world.loginReady(his)]);
    const [here, there] = [await whereIs(alice, hers), await whereIs(bob, his)];
    const reaches = async (from: Guest, { PrivateIp }: Where) =>
      (await world.ssh(from, `nc -w 3 ${PrivateIp} 22 < /dev/null | head -c 4`)) === 'SSH-';
    const reach = async () => [await reaches(hers, there), await reaches(his, here)];
    assert.deepEqual(await reach(), [false, false]);

    const cbn = cbnClient(world.process.endpoint, alice.credentials);
    const { CenId } = await cbn('CreateCen');
    const vpc = (ChildInstanceId: string) => ({
      CenId,
      ChildInstanceId,
      ChildInstanceType: 'VPC',
      ChildInstanceRegionId: REGION,
    });
    const ofBob = { ...vpc(there.VpcId), ChildInstanceOwnerId: bob.accountId };
    await vpcClient(world, bob).request('GrantInstanceToCen', {
      RegionId: REGION,
      CenId,
      CenOwnerId: alice.accountId,
      InstanceId: there.VpcId,
      InstanceType: 'VPC',
    });
    await cbn('AttachCenChildInstance', vpc(here.VpcId));
    assert.deepEqual(await reach(), [false, false], 'one alone');
    await cbn('AttachCenChildInstance', ofBob);
    await until(async () => (await reach()).every(Boolean));

    // What joined them is still there when the service is killed and another comes.
    await world.process.kill();
    assert.deepEqual(await doctor(world.dataDir), { machines: '2 running', isClean: true });
    await world.restart();
    await until(async () => (await reach()).every(Boolean));

    await cbnClient(world.process.endpoint, alice.credentials)('DetachCenChildInstance', ofBob);
    await until(async () => !(await reach()).some(Boolean));

    const peer = vpcPeerClient(world.process.endpoint, alice.credentials);
    const { InstanceId } = await peer('CreateVpcPeerConnection', {
      RegionId: REGION,
      VpcId: here.VpcId,
      AcceptingAliUid: bob.accountId,
      AcceptingRegionId: REGION,
      AcceptingVpcId: there.VpcId,
    });
    await vpcPeerClient(world.process.endpoint, bob.credentials)('AcceptVpcPeerConnection', { InstanceId });
    const { Vpc, AcceptingVpc } = await peer('GetVpcPeerConnectionAttribute', { InstanceId });
    assert.deepEqual(await reach(), [false, false], 'without routes');
    await route(world, alice, here, AcceptingVpc.Ipv4Cidrs[0]!, InstanceId);
    assert.deepEqual(await reach(), [false, false], 'without a way back');
    await route(world, bob, there, Vpc.Ipv4Cidrs[0]!, InstanceId);
    await until(async () => (await reach()).every(Boolean));
    await peer('DeleteVpcPeerConnection', { InstanceId, Force: true });
    await until(async () => !(await reach()).some(Boolean));

    await alice.call('DeleteInstance', { InstanceId: hers.instanceId, Force: true });
    await bob.call('DeleteInstance', { InstanceId: his.instanceId, Force: true });
    await until(async () => (await doctor(world.dataDir)).machines === '0 running');
    const { prefix, table } = namesOf(world.dataDir);
    await until(async () => !(await kernelNames()).some((name) => name.includes(prefix) || name.includes(table)));
    assert.deepEqual(await doctor(world.dataDir), { machines: '0 running', isClean: true });
  },
);

const vpcClient = ({ process: { endpoint } }: GuestWorld, { credentials }: Tenant) =>
  new RPCClient({ ...credentials, endpoint, apiVersion: '2016-04-28' });

/** Gives the VPC a route over the connection, and waits until packets take it. */
async function route(
  world: GuestWorld,
  tenant: Tenant,
  { VpcId }: Where,
  DestinationCidrBlock: string,
  NextHopId: string,
): Promise<void> {
  const client = vpcClient(world, tenant);
  const { RouterTableList } = await client.request<{
    RouterTableList: { RouterTableListType: { RouteTableId: string }[] };
  }>('DescribeRouteTableList', { RegionId: REGION, VpcId });
  const { RouteTableId } = RouterTableList.RouterTableListType[0]!;
  const wished = { RouteTableId, DestinationCidrBlock, NextHopType: 'VpcPeer', NextHopId };
  await client.request('CreateRouteEntry', { RegionId: REGION, ...wished });
  const namespace = namesOf(world.dataDir).namespace(VpcId);
  await until(async () =>
    (await execute('ip', ['-netns', namespace, 'route'])).stdout.includes(`${DestinationCidrBlock} dev`),
  );
}

/** What the doctor finds of this folder's: others' may be on this machine, too. */
async function doctor(dataDir: string): Promise<{ machines: string; isClean: boolean }> {
  const { stdout } = await execute(bin, ['doctor', '--data', dataDir, '--json']);
  const { checks } = JSON.parse(stdout) as { checks: { name: string; found: string }[] };
  const [machines, networks] = ['machines', 'networks'].map(
    (wanted) => checks.find(({ name }) => name === wanted)!.found,
  );
  const { prefix, table } = namesOf(dataDir);
  return { machines: machines!, isClean: ![prefix, table].some((name) => networks!.includes(name)) };
}

async function kernelNames(): Promise<string[]> {
  const listed = [execute('ip', ['netns', 'list']), execute('nft', ['list', 'tables'])];
  return (await Promise.all(listed)).flatMap(({ stdout }) => stdout.split('\n'));
}

async function whereIs(tenant: Tenant, { instanceId }: Guest): Promise<Where> {
  const asked = { RegionId: REGION, InstanceIds: JSON.stringify([instanceId]) };
  const { Instances } = await tenant.call<{
    Instances: { Instance: { VpcAttributes: { VpcId: string; PrivateIpAddress: { IpAddress: string[] } } }[] };
  }>('DescribeInstances', asked);
  const { VpcId, PrivateIpAddress } = Instances.Instance[0]!.VpcAttributes;
  return { VpcId, PrivateIp: PrivateIpAddress.IpAddress[0]! };
}
