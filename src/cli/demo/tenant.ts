import { setTimeout as delay } from 'node:timers/promises';
import { CliFault } from '../fault.ts';
import { hasStarted, type Startable } from '../hasStarted.ts';
import type { Parameters, Service } from '../service.ts';
import type { Credentials } from '../sign.ts';

/** Somebody with an account, as the API knows them. Whatever they make is noted for `cleanUp`. */
export interface Tenant {
  readonly accountId: string;
  readonly credentials: Credentials;
  call: Call;
  /** Calls until `look` finds what it waits for in the answer. */
  until<T, Found>(action: string, parameters: Parameters, look: (answer: T) => Found | undefined): Promise<Found>;
  /** A VPC with a vSwitch and a security group that lets SSH in: what a launch is told of them. */
  makeNetwork(regionId: string, blocks?: { vpc: string; vSwitch: string }): Promise<Network>;
  /** An instance that runs, in a network made for it unless the parameters name one. */
  runInstance(regionId: string, parameters: Parameters): Promise<Instance>;
  publicAddress(regionId: string, instanceId: string): Promise<string>;
  /** Waits for an image; throws when it fails. */
  imageAvailable(regionId: string, imageId: string): Promise<void>;
  /** Snapshots that an image is made of, system disk first. */
  snapshotsOf(regionId: string, imageId: string): Promise<string[]>;
  undo: (() => Promise<unknown>)[];
}

interface Network {
  VSwitchId: string;
  SecurityGroupId: string;
}

interface Instance {
  instanceId: string;
  /** System disk first. */
  diskIds: string[];
}

const POLL_MS = 50;
const BLOCKS = { vpc: '172.16.0.0/16', vSwitch: '172.16.1.0/24' };
const INSTANCE_TYPE = 'ecs.g6.large';

interface Image {
  Status: string;
  DiskDeviceMappings: { DiskDeviceMapping: { SnapshotId: string; Type: string }[] };
}

export async function createTenant(service: Service, name: string, site: string): Promise<Tenant> {
  const account = await service.operator<Credentials & { accountId: string }>('POST', 'accounts', { name, site });
  const call = <T>(action: string, parameters: Parameters) => service.call<T>(action, parameters, account);
  const undo: (() => Promise<unknown>)[] = [];

  async function until<T, Found>(
    action: string,
    parameters: Parameters,
    look: (answer: T) => Found | undefined,
  ): Promise<Found> {
    for (;;) {
      const found = look(await call<T>(action, parameters));
      if (found !== undefined) return found;
      await delay(POLL_MS);
    }
  }

  async function makeNetwork(RegionId: string, blocks = BLOCKS): Promise<Network> {
    const zones = await call<{ Zones: { Zone: { ZoneId: string }[] } }>('DescribeZones', { RegionId, Verbose: false });
    const ZoneId = zones.Zones.Zone[0]!.ZoneId;
    const { VpcId } = await call<{ VpcId: string }>('CreateVpc', { RegionId, CidrBlock: blocks.vpc });
    undo.push(() => call('DeleteVpc', { RegionId, VpcId }));
    const { VSwitchId } = await call<{ VSwitchId: string }>('CreateVSwitch', {
      RegionId,
      VpcId,
      ZoneId,
      CidrBlock: blocks.vSwitch,
    });
    undo.push(() => call('DeleteVSwitch', { RegionId, VSwitchId }));
    const { SecurityGroupId } = await call<{ SecurityGroupId: string }>('CreateSecurityGroup', { RegionId, VpcId });
    undo.push(() => call('DeleteSecurityGroup', { RegionId, SecurityGroupId }));
    const letIn = { IpProtocol: 'tcp', PortRange: '22/22', SourceCidrIp: '0.0.0.0/0' };
    await call('AuthorizeSecurityGroup', { RegionId, SecurityGroupId, ...letIn });
    return { VSwitchId, SecurityGroupId };
  }

  return {
    accountId: account.accountId,
    credentials: account,
    call,
    makeNetwork,
    until,
    undo,
    async runInstance(RegionId, parameters) {
      const network = 'VSwitchId' in parameters ? {} : await makeNetwork(RegionId);
      const { InstanceIdSets } = await call<{ InstanceIdSets: { InstanceIdSet: string[] } }>('RunInstances', {
        RegionId,
        InstanceType: INSTANCE_TYPE,
        ...network,
        ...parameters,
      });
      const instanceId = InstanceIdSets.InstanceIdSet[0]!;
      undo.push(() => call('DeleteInstance', { InstanceId: instanceId, Force: true }));
      await until<{ Instances: { Instance: Startable[] } }, true>(
        'DescribeInstances',
        { RegionId, InstanceIds: JSON.stringify([instanceId]) },
        ({ Instances }) => {
          const [found] = Instances.Instance;
          if (!found) throw new CliFault('InstanceFailed', `Instance ${instanceId} could not be created.`);
          return hasStarted(found) || undefined;
        },
      );
      const { Disks } = await call<{ Disks: { Disk: { DiskId: string; Type: string }[] } }>('DescribeDisks', {
        RegionId,
        InstanceId: instanceId,
      });
      const disks = Disks.Disk.toSorted((a, b) => Number(b.Type === 'system') - Number(a.Type === 'system'));
      return { instanceId, diskIds: disks.map(({ DiskId }) => DiskId) };
    },
    async publicAddress(RegionId, instanceId) {
      const { Instances } = await call<{ Instances: { Instance: { PublicIpAddress: { IpAddress: string[] } }[] } }>(
        'DescribeInstances',
        { RegionId, InstanceIds: JSON.stringify([instanceId]) },
      );
      return Instances.Instance[0]!.PublicIpAddress.IpAddress[0]!;
    },
    async imageAvailable(regionId, imageId) {
      await until<{ Images: { Image: Image[] } }, true>(...describeImage(regionId, imageId), ({ Images }) => {
        const status = Images.Image[0]?.Status;
        if (status === undefined || status === 'CreateFailed')
          throw new CliFault('ImageFailed', `Image ${imageId} could not be created.`);
        return status === 'Available' || undefined;
      });
    },
    snapshotsOf: (regionId, imageId) => findSnapshots(call, regionId, imageId),
  };
}

type Call = <T>(action: string, parameters: Parameters) => Promise<T>;

async function findSnapshots(call: Call, regionId: string, imageId: string): Promise<string[]> {
  const { Images } = await call<{ Images: { Image: Image[] } }>(...describeImage(regionId, imageId));
  const disks = Images.Image[0]!.DiskDeviceMappings.DiskDeviceMapping;
  const systemFirst = disks.toSorted((a, b) => Number(b.Type === 'system') - Number(a.Type === 'system'));
  return systemFirst.map(({ SnapshotId }) => SnapshotId);
}

/** With its snapshots, which outlive it otherwise. */
export async function deleteImage(call: Call, RegionId: string, ImageId: string): Promise<void> {
  const snapshots = await findSnapshots(call, RegionId, ImageId);
  await call('DeleteImage', { RegionId, ImageId, Force: true });
  for (const SnapshotId of snapshots) await call('DeleteSnapshot', { SnapshotId, Force: true });
}

const describeImage = (regionId: string, imageId: string): [string, Parameters] => [
  'DescribeImages',
  { RegionId: regionId, ImageId: imageId, Status: 'Waiting,Creating,Available,CreateFailed' },
];

/** Takes away what tenants made, the last first; what can't be taken away is named. */
export async function cleanUp(tenants: readonly Tenant[], complain: (text: string) => void): Promise<void> {
  for (const tenant of tenants.toReversed()) {
    for (const undo of tenant.undo.toReversed()) {
      await undo().catch((error: unknown) => complain(`Not cleaned up: ${(error as Error).message}\n`));
    }
  }
}
