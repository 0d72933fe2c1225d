import assert from 'node:assert/strict';
import sdk from '@alicloud/ecs20140526';
import type { WorldOptions } from '../world.ts';
import { createImageWorld, type ImageWorld, type Party } from './imageWorld.ts';

export type RunQuery = NonNullable<ConstructorParameters<typeof sdk.RunInstancesRequest>[0]>;

/** An account with all that an instance needs. */
export interface Launcher extends Party {
  imageId: string;
  vpcId: string;
  vSwitchId: string;
  securityGroupId: string;
  /** A good RunInstances request, changed. */
  request(change?: RunQuery): sdk.RunInstancesRequest;
  /** Ids of what RunInstances made, once all of it runs. */
  run(change?: RunQuery): Promise<string[]>;
  /** One instance that runs, with its system disk first. */
  running(change?: RunQuery): Promise<{ id: string; diskIds: string[] }>;
  /** The same, stopped. */
  stopped(change?: RunQuery): Promise<{ id: string; diskIds: string[] }>;
  vSwitch(cidrBlock: string, zoneId?: string): Promise<string>;
  securityGroup(of?: { vpcId?: string; securityGroupType?: string }): Promise<string>;
}

export interface InstanceWorld extends ImageWorld {
  launcher(): Promise<Launcher>;
  instanceOf(party: Party, id: string): Promise<Record<string, unknown>>;
  disksOf(party: Party, instanceId: string): Promise<Record<string, unknown>[]>;
}

export const REGION = 'cn-hangzhou';
export const ZONE = 'cn-hangzhou-h';
const SMALL_BLOCK = '172.16.0.0/24';

/** An image world with networks to launch into. */
export async function createInstanceWorld(options: WorldOptions = {}): Promise<InstanceWorld> {
  const images = await createImageWorld(options);
  const { world } = images;

  async function disksOf(party: Party, instanceId: string): Promise<Record<string, unknown>[]> {
    const { body } = await party.ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId: REGION, instanceId }));
    const disks = body!.disks!.disk!.map((disk) => disk.toMap() as Record<string, unknown>);
    return disks.sort((left, right) => (String(left['Device']) < String(right['Device']) ? -1 : 1));
  }

  return {
    ...images,
    [Symbol.asyncDispose]: () => images[Symbol.asyncDispose](),
    disksOf,
    async instanceOf(party, id) {
      const { body } = await party.ecs.describeInstances(
        new sdk.DescribeInstancesRequest({ regionId: REGION, instanceIds: JSON.stringify([id]) }),
      );
      assert.equal(body!.instances!.instance!.length, 1, id);
      return body!.instances!.instance![0]!.toMap() as Record<string, unknown>;
    },
    async launcher() {
      const party = await images.party();
      const { ecs } = party;
      const vpc = await ecs.createVpc(new sdk.CreateVpcRequest({ regionId: REGION }));
      const vpcId = vpc.body!.vpcId!;
      const vSwitch = async (cidrBlock: string, zoneId = ZONE) => {
        const made = await ecs.createVSwitch(
          new sdk.CreateVSwitchRequest({ regionId: REGION, vpcId, zoneId, cidrBlock }),
        );
        return made.body!.vSwitchId!;
      };
      const securityGroup: Launcher['securityGroup'] = async (of = {}) => {
        const made = await ecs.createSecurityGroup(
          new sdk.CreateSecurityGroupRequest({ regionId: REGION, vpcId, ...of }),
        );
        return made.body!.securityGroupId!;
      };
      const imageId = await images.image(party);
      const vSwitchId = await vSwitch(SMALL_BLOCK);
      const securityGroupId = await securityGroup();
      const request = (change: RunQuery = {}) =>
        new sdk.RunInstancesRequest({
          regionId: REGION,
          imageId,
          instanceType: 'ecs.g6.large',
          vSwitchId,
          securityGroupId,
          ...change,
        });
      const run = async (change: RunQuery = {}) => {
        const { body } = await ecs.runInstances(request(change));
        await world.settled();
        return body!.instanceIdSets!.instanceIdSet!;
      };
      const running = async (change: RunQuery = {}) => {
        const [id] = await run(change);
        const disks = await disksOf(party, id!);
        return { id: id!, diskIds: disks.map((disk) => disk['DiskId'] as string) };
      };
      return {
        ...party,
        imageId,
        vpcId,
        vSwitchId,
        securityGroupId,
        request,
        run,
        running,
        async stopped(change) {
          const instance = await running(change);
          await ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId: instance.id }));
          await world.settled();
          return instance;
        },
        vSwitch,
        securityGroup,
      };
    },
  };
}
