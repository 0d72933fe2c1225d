import { CliFault } from '../fault.ts';
import type { Parameters, Service } from '../service.ts';
import type { Credentials } from '../sign.ts';

export interface InstanceItem {
  InstanceId: string;
  InstanceName: string;
  Status: string;
  Tags: { Tag: { TagKey: string; TagValue: string }[] };
  RegionId: string;
  ZoneId: string;
  InstanceType: string;
  KeyPairName: string;
  InternetMaxBandwidthOut: number;
  VpcAttributes: { VpcId: string; VSwitchId: string };
  SecurityGroupIds: { SecurityGroupId: string[] };
}

export interface DiskItem {
  DiskId: string;
  Type: 'system' | 'data';
  Device: string;
  Size: number;
  Category: string;
  DeleteWithInstance: boolean;
}

export interface ImageItem {
  ImageId: string;
  ImageName: string;
  Status: string;
  Progress: string;
  Architecture: string;
  Size: number;
  ImageOwnerAlias: string;
  DiskDeviceMappings: { DiskDeviceMapping: { SnapshotId: string; Type: string; Size: string; Device: string }[] };
}

/** An account, as the operator acts for it. */
export interface Party {
  readonly accountId: string;
  call<T>(action: string, parameters: Parameters): Promise<T>;
  /** undefined: there is none, for this account in this region. */
  instance(regionId: string, id: string): Promise<InstanceItem | undefined>;
  /** The system disk first, then by device. */
  disks(regionId: string, instanceId: string): Promise<DiskItem[]>;
  image(regionId: string, id: string): Promise<ImageItem | undefined>;
}

/** The account whose id is given, with a key of its own; without one the operator's. */
export async function openParty(service: Service, id: string | undefined): Promise<Party> {
  if (id === undefined || id === service.accountId) return createParty(service, service.accountId, service.credentials);
  const credentials = await service.operator<Credentials>('GET', `accounts/${encodeURIComponent(id)}/key`);
  return createParty(service, id, credentials);
}

function createParty(service: Service, accountId: string, credentials: Credentials): Party {
  const call = <T>(action: string, parameters: Parameters) => service.call<T>(action, parameters, credentials);
  return {
    accountId,
    call,
    async instance(RegionId, id) {
      const found = await call<{ Instances: { Instance: InstanceItem[] } }>('DescribeInstances', {
        RegionId,
        InstanceIds: JSON.stringify([id]),
      });
      return found.Instances.Instance[0];
    },
    async disks(RegionId, InstanceId) {
      const found = await call<{ Disks: { Disk: DiskItem[] } }>('DescribeDisks', {
        RegionId,
        InstanceId,
        PageSize: 50,
      });
      const rank = ({ Type, Device }: DiskItem) => (Type === 'system' ? '' : Device);
      return found.Disks.Disk.toSorted((one, other) => (rank(one) < rank(other) ? -1 : 1));
    },
    async image(RegionId, ImageId) {
      const found = await call<{ Images: { Image: ImageItem[] } }>('DescribeImages', {
        RegionId,
        ImageId,
        Status: 'Waiting,Creating,Available,UnAvailable,CreateFailed,Deprecated',
      });
      return found.Images.Image[0];
    },
  };
}

export async function requireInstance(party: Party, regionId: string, id: string): Promise<InstanceItem> {
  const found = await party.instance(regionId, id);
  if (found) return found;
  throw new CliFault('InstanceNotFound', `Account ${party.accountId} has no instance ${id} in ${regionId}.`, {
    hint: 'Name its region with --region, and its account with --account.',
  });
}

export async function requireImage(party: Party, regionId: string, id: string): Promise<ImageItem> {
  const found = await party.image(regionId, id);
  if (found) return found;
  throw new CliFault('ImageNotFound', `Account ${party.accountId} sees no image ${id} in ${regionId}.`, {
    hint: 'Name its region with --region, and the account with --account.',
  });
}

/** A call about something that may be gone by now, which is as good. */
export async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof CliFault) || !error.code.includes('NotFound')) throw error;
  }
}
