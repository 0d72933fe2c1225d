import { disksOfInstance } from '../../../records/tables/disks.ts';
import type { ImageDiskRow } from '../../../records/tables/imageDisks.ts';
import { findInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { findSnapshot, findSnapshots, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { isEphemeral } from '../../../rules/diskCategories.ts';
import { DATA_DEVICES, isDataDevice, nextDataDevice, SYSTEM_DEVICE } from '../../../rules/devices.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { osNames } from '../../../rules/platforms.ts';
import { quotas } from '../../../rules/quotas.ts';
import { allows, instanceCan, snapshotCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { refuseShutKeys } from '../encryption.ts';
import { newSnapshots } from '../snapshots/newSnapshots.ts';
import { bareSystem, systemOfImage, type ImageSystem } from './newImage.ts';

/** What an image is made of. */
export interface ImageSource {
  /** null: nothing is known of it but what the caller says. */
  system: ImageSystem | null;
  /** The system disk first. */
  disks: Omit<ImageDiskRow, 'imageId' | 'position'>[];
  instanceId: string | null;
  lineageImageId: string | null;
  /** Snapshots made for it, which have to be stored before it can be used; empty when all exist already. */
  snapshots: { snapshotId: string; diskId: string }[];
}

/** One snapshot of every cloud disk of the instance, made at one moment. */
export async function fromInstance(
  call: Call,
  regionId: string,
  instanceId: string,
  about: { imageId: string; resourceGroupId: string },
): Promise<ImageSource> {
  const instance = await findInstance(call.db, call.accountId, instanceId);
  if (!instance || instance.regionId !== regionId) {
    throw call.error('InvalidInstanceId.NotFound', { about: 'does not exist' });
  }
  if (!allows(instanceCan.createImage, instance.status)) throw call.error('IncorrectInstanceStatus');
  const disks = await disksOfInstance(call.db, instance.id);
  const system = disks.find((disk) => disk.type === 'system');
  if (!system) throw call.error('InvalidInstance.NotFoundSystemDisk');
  if (isEphemeral(system.category)) throw call.error('InvalidDiskCategory.CreateImage');
  const data = disks.filter((disk) => disk.type === 'data' && !isEphemeral(disk.category));
  if (data.some((disk) => wasAddedWhileStopped(instance, disk.attachedAt))) {
    throw call.error('IncorrectInstanceStatus.NeedRestart');
  }
  const snapshots = await newSnapshots(call, [system, ...data], {
    name: `SnapshotForImage-${about.imageId}`,
    description: '',
    retentionDays: null,
    resourceGroupId: about.resourceGroupId,
  });
  const all = [system, ...data];
  return {
    system: (await systemOfImage(call, instance.imageId)) ?? systemOfInstance(instance),
    disks: snapshots.map(({ id, sourceDiskType, sourceDiskSizeGib, sourceDiskCategory }, index) => ({
      ...EMPTY_DISK,
      snapshotId: id,
      device: index === 0 ? SYSTEM_DEVICE : (all[index]!.device ?? DATA_DEVICES[index - 1]!),
      type: sourceDiskType,
      sizeGib: sourceDiskSizeGib,
      category: sourceDiskCategory,
    })),
    instanceId: instance.id,
    lineageImageId: instance.imageId,
    snapshots: snapshots.map(({ id, sourceDiskId }) => ({ snapshotId: id, diskId: sourceDiskId! })),
  };
}

/** Its guest has never seen the disk: one that was attached while it ran is none of these. */
function wasAddedWhileStopped({ status, startedAt, stoppedAt }: InstanceRow, attachedAt: number | null): boolean {
  return status === 'Stopped' && startedAt !== null && (attachedAt ?? 0) > (stoppedAt ?? startedAt);
}

function systemOfInstance(instance: InstanceRow): ImageSystem {
  const isArm = findInstanceType(instance.instanceType)?.architecture === 'ARM';
  const { osType, osName, osNameEn } = instance;
  return { ...bareSystem(undefined, isArm ? 'arm64' : 'x86_64'), osType, osName, osNameEn };
}

const EMPTY_DISK = { snapshotId: null, format: '', category: null, importBucket: null, importObject: null };

/** One DiskDeviceMapping of the request. */
export interface MappingInput {
  snapshotId?: string | undefined;
  size?: number | undefined;
  device?: string | undefined;
  diskType?: string | undefined;
}

/** Sizes of a data disk that begins empty, GiB: the smallest and largest of any category, and what it is when not said. */
const EMPTY_DISK_SIZE = { min: 5, max: 32768, byDefault: 20 };
/** Snapshots before 2013-07-15 hold no system that boots today. */
const OLDEST_SNAPSHOT = Date.UTC(2013, 6, 15);

/** Of snapshots that exist already: exactly one of a system disk, up to 16 of data disks or for empty ones. */
export async function fromSnapshots(
  call: Call,
  regionId: string,
  mappings: readonly MappingInput[],
): Promise<ImageSource> {
  const ids = mappings.flatMap(({ snapshotId }) => snapshotId ?? []);
  const found = new Map((await findSnapshots(call.db, call.accountId, ids)).map((row) => [row.id, row]));
  const disks = mappings.map((mapping) => ({ mapping, ...checkedDisk(call, regionId, mapping, found) }));
  const [system, ...others] = disks.filter((disk) => disk.type === 'system');
  if (!system) throw noSystem(call);
  if (others.length > 0) throw call.error('OperationDenied', { about: 'two or more system disk snapshots' });
  await refuseShutKeys(call, [...found.values()]);
  const data = disks.filter((disk) => disk.type === 'data');
  if (data.length > quotas.imageDataDisks) {
    throw call.error('InvalidParameter', { hint: `An image has at most ${quotas.imageDataDisks} data disks.` });
  }
  const devices = devicesFor(
    call,
    system.mapping,
    data.map(({ mapping }) => mapping),
  );
  const lineageImageId = system.snapshot?.imageId ?? null;
  return {
    system: await systemOfImage(call, lineageImageId),
    disks: [system, ...data].map(({ snapshot, type, sizeGib }, index) => ({
      ...EMPTY_DISK,
      snapshotId: snapshot?.id ?? null,
      device: devices[index]!,
      type,
      sizeGib,
      category: snapshot?.sourceDiskCategory ?? null,
    })),
    instanceId: null,
    lineageImageId,
    snapshots: [],
  };
}

/** Of one snapshot, which must be a system disk's. */
export async function fromSystemSnapshot(call: Call, regionId: string, snapshotId: string): Promise<ImageSource> {
  const snapshot = await findSnapshot(call.db, call.accountId, snapshotId);
  if (snapshot?.regionId === regionId && snapshot.sourceDiskType !== 'system') {
    throw call.error('OperationDenied', { about: 'not from system disk' });
  }
  return fromSnapshots(call, regionId, [{ snapshotId }]);
}

const noSystem = (call: Call) =>
  call.error('InvalidSystemSnapshot.Missing', { values: ['The mappings hold no snapshot of a system disk.'] });

function checkedDisk(
  call: Call,
  regionId: string,
  mapping: MappingInput,
  found: ReadonlyMap<string, SnapshotRow>,
): { snapshot: SnapshotRow | null; type: 'system' | 'data'; sizeGib: number } {
  const asked = mapping.diskType?.toLowerCase();
  if (asked !== undefined && asked !== 'system' && asked !== 'data') {
    throw call.error('InvalidDiskType.ValueNotSupported');
  }
  if (mapping.snapshotId === undefined) {
    const sizeGib = mapping.size ?? EMPTY_DISK_SIZE.byDefault;
    if (asked === 'system') throw noSystem(call);
    if (sizeGib < EMPTY_DISK_SIZE.min || sizeGib > EMPTY_DISK_SIZE.max)
      throw call.error('InvalidSize.ValueNotSupported');
    return { snapshot: null, type: 'data', sizeGib };
  }
  const snapshot = found.get(mapping.snapshotId);
  if (!snapshot || snapshot.regionId !== regionId) throw call.error('InvalidSnapshotId.NotFound');
  if (snapshot.status === 'progressing') throw call.error('SnapshotNotReady');
  if (!allows(snapshotCan.createImage, snapshot.status)) throw call.error('InvalidSnapshotId.NotReady');
  if (snapshot.createdAt < OLDEST_SNAPSHOT) throw call.error('InvalidSnapshot.TooOld');
  const type = asked ?? snapshot.sourceDiskType;
  // Promoting a data disk is offered to few accounts, and to none here.
  if (type === 'system' && snapshot.sourceDiskType === 'data') {
    throw call.error(snapshot.kmsKeyId === null ? 'UserNotInTheWhiteList' : 'InvalidParameter.DiskType');
  }
  const sizeGib = mapping.size ?? snapshot.sourceDiskSizeGib;
  if (sizeGib < snapshot.sourceDiskSizeGib || sizeGib > EMPTY_DISK_SIZE.max) {
    throw call.error('InvalidSize.ValueNotSupported');
  }
  return { snapshot, type, sizeGib };
}

/** Names as asked for, the rest in order: the system disk's first. */
function devicesFor(call: Call, system: MappingInput, data: readonly MappingInput[]): string[] {
  if (system.device !== undefined && system.device !== SYSTEM_DEVICE) throw call.error('InvalidDevice.Malformed');
  const asked = data.flatMap(({ device }) => device ?? []);
  if (!asked.every(isDataDevice)) throw call.error('InvalidDevice.Malformed');
  const taken = new Set(asked);
  if (taken.size < asked.length) throw call.error('InvalidDevice.InUse');
  const devices = data.map(({ device }) => {
    const name = device ?? nextDataDevice(taken);
    if (name === null) throw call.error('InvalidDevice.Malformed');
    taken.add(name);
    return name;
  });
  return [SYSTEM_DEVICE, ...devices];
}

/** What the caller says of a system that is not an instance's. */
export function systemAsTold(
  system: ImageSystem | null,
  told: { platform: string | undefined; architecture: ImageSystem['architecture'] | undefined },
): ImageSystem {
  if (!system || told.platform !== undefined) {
    return {
      ...bareSystem(told.platform, told.architecture ?? system?.architecture),
      productCode: system?.productCode ?? null,
    };
  }
  if (told.architecture === undefined || told.architecture === system.architecture) return system;
  return { ...system, architecture: told.architecture, ...osNames(system.platform, told.architecture) };
}
