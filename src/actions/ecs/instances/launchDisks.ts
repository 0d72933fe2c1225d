import { diskBase, type DiskBase } from '../../../records/tables/disks.ts';
import { findSnapshot, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { isDataDevice, nextDataDevice, SYSTEM_DEVICE } from '../../../rules/devices.ts';
import { DEFAULT_SYSTEM_DISK_GIB, diskSizes, isEphemeral, takesDiskCategory } from '../../../rules/diskCategories.ts';
import type { InstanceType } from '../../../rules/instanceTypes.ts';
import { quotas } from '../../../rules/quotas.ts';
import { allows, snapshotCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { baseOf, type ChosenImage } from '../chooseImage.ts';
import { readDiskWords } from '../diskSpecs.ts';
import { diskEncryption, refuseEncryptedEphemeral, type Encryption, type EncryptionWords } from '../encryption.ts';
import type { LaunchRequest } from './launchRequest.ts';

/** A disk of each instance that a call makes. */
export interface PlannedDisk extends Encryption, DiskBase {
  type: 'system' | 'data';
  device: string;
  category: string;
  performanceLevel: string | null;
  sizeGib: number;
  name: string;
  description: string;
  deleteWithInstance: boolean;
  imageId: string | null;
  sourceSnapshotId: string | null;
  productCode: string | null;
  autoSnapshotPolicyId: string | null;
}

type DataDisk = NonNullable<LaunchRequest['dataDisk']>[number];

interface Launch {
  call: Call;
  regionId: string;
  request: LaunchRequest;
  chosen: ChosenImage;
  type: InstanceType;
  ioOptimized: boolean;
  defaultCategory: string;
}

/** System disk first; then the image's data disks, each changed by the `DataDisk.N` of its device; then the others of the request. */
export async function planDisks(launch: Omit<Launch, 'defaultCategory'>): Promise<PlannedDisk[]> {
  const { call, request, chosen } = launch;
  const full: Launch = { ...launch, defaultCategory: launch.ioOptimized ? 'cloud_efficiency' : 'cloud' };
  const asked = request.dataDisk ?? [];
  for (const { device } of asked) {
    if (device !== undefined && !isDataDevice(device)) throw call.error('InvalidDataDevice.Malformed');
  }
  const fromImage = chosen.disks.filter(({ type }) => type === 'data');
  const imageDevices = new Set(fromImage.map(({ device }) => device));
  const others = asked.filter(({ device }) => device === undefined || !imageDevices.has(device));
  if (fromImage.length + others.length > quotas.instanceDataDisks) throw call.error('InstanceDiskNumber.LimitExceed');

  const devices = takeDevices(call, imageDevices, asked, others);
  const planned = [await planSystemDisk(full)];
  for (const disk of fromImage) {
    const wanted = asked.find(({ device }) => device === disk.device) ?? {};
    const snapshot = chosen.snapshots.get(disk.snapshotId ?? '') ?? null;
    planned.push(
      await planDataDisk(full, wanted, disk.device, {
        sizeGib: disk.sizeGib,
        category: disk.category,
        snapshot,
      }),
    );
  }
  for (const [index, wanted] of others.entries()) planned.push(await planDataDisk(full, wanted, devices[index]!, null));
  return planned;
}

/** Devices for `others`, in order: as asked, else the first that is free. */
function takeDevices(
  call: Call,
  imageDevices: ReadonlySet<string>,
  asked: readonly DataDisk[],
  others: readonly DataDisk[],
): string[] {
  const named = asked.flatMap(({ device }) => device ?? []);
  if (new Set(named).size < named.length) throw call.error('InvalidDevice.InUse');
  const taken = new Set([...imageDevices, ...named]);
  return others.map((disk) => {
    const device = disk.device ?? nextDataDevice(taken);
    if (device === null) throw call.error('InstanceDiskNumber.LimitExceed');
    taken.add(device);
    return device;
  });
}

async function planSystemDisk(launch: Launch): Promise<PlannedDisk> {
  const { call, regionId, request, chosen, type, ioOptimized, defaultCategory } = launch;
  const of = { wire: 'SystemDisk.', regionId };
  const words = await readDiskWords(call, of, request.systemDisk ?? {}, defaultCategory, {
    category: 'InvalidSystemDiskCategory.ValueNotSupported',
    name: 'InvalidDiskName.Malformed',
    description: 'InvalidDiskDescription.Malformed',
  });
  const range = diskSizes(words, 'system');
  if (!range) {
    throw call.error('InvalidSystemDiskCategory.ValueNotSupported', {
      values: [`${words.category} is no category of system disks.`],
    });
  }
  checkTaken(call, { family: type.family, ioOptimized }, words.category);
  const imageGib = chosen.image.sizeGib;
  const sizeGib = readSize(call, request.systemDisk?.size) ?? Math.max(DEFAULT_SYSTEM_DISK_GIB, imageGib, range.min);
  if (sizeGib < imageGib) throw call.error('InvalidSystemDiskSize.LessThanImageSize');
  if (sizeGib < range.min) throw call.error('InvalidSystemDiskSize.LessThanMinSize');
  if (sizeGib > range.max) throw call.error('InvalidDisk.SystemDiskSize');
  const source = chosen.snapshots.get(chosen.disks[0]?.snapshotId ?? '');
  return {
    ...words,
    ...(await planEncryption(launch, request.systemDisk ?? {}, words.category, source)),
    type: 'system',
    device: SYSTEM_DEVICE,
    sizeGib,
    deleteWithInstance: true,
    imageId: chosen.image.id,
    sourceSnapshotId: null,
    ...baseOf(chosen, chosen.disks[0]),
    productCode: chosen.image.productCode,
  };
}

/** SystemDisk.Size is text; Packer sends 0 for "not set". */
function readSize(call: Call, text: string | undefined): number | null {
  if (text === undefined || text === '0') return null;
  if (!/^\d{1,9}$/.test(text)) {
    throw call.error('InvalidSystemDiskSize.ValueNotSupported', { values: ['SystemDisk.Size must be a number.'] });
  }
  return Number(text);
}

/** What a data disk comes with when the image brings it. */
interface Brought {
  sizeGib: number;
  category: string | null;
  snapshot: SnapshotRow | null;
}

async function planDataDisk(
  launch: Launch,
  wanted: DataDisk,
  device: string,
  brought: Brought | null,
): Promise<PlannedDisk> {
  const { call, regionId, type, ioOptimized, defaultCategory } = launch;
  const of = { wire: 'DataDisk.N.', regionId };
  const words = await readDiskWords(call, of, wanted, brought?.category ?? defaultCategory, {
    category: 'InvalidDataDiskCategory.ValueNotSupported',
    name: 'InvalidDiskName.Malformed',
    description: 'InvalidDiskDescription.Malformed',
  });
  checkTaken(call, { family: type.family, ioOptimized }, words.category);
  const range = diskSizes(words, 'data')!;
  const named = wanted.snapshotId === undefined ? null : await readySnapshot(call, regionId, wanted.snapshotId);
  const snapshot = named ?? brought?.snapshot ?? null;
  if (snapshot && isEphemeral(words.category)) throw call.error('OperationDenied.SnapshotNotAllowed');

  const least = named?.sourceDiskSizeGib ?? brought?.sizeGib ?? 0;
  // A snapshot that the request names decides the size; one that the image brings can be exceeded.
  const asked = named ? 0 : (wanted.size ?? 0);
  if (asked > 0 && asked < least) throw call.error('InvalidDiskSize.TooSmall');
  const sizeGib = asked || (least > 0 ? Math.max(least, range.min) : 0);
  if (sizeGib < range.min || sizeGib > range.max) {
    throw call.error('InvalidDataDiskSize.ValueNotSupported', {
      about: 'beyond the permitted range',
      hint: `${words.category} holds ${range.min} to ${range.max} GiB.`,
    });
  }
  return {
    ...words,
    ...(await planEncryption(launch, wanted, words.category, snapshot)),
    type: 'data',
    device,
    sizeGib,
    deleteWithInstance: wanted.deleteWithInstance ?? true,
    imageId: null,
    sourceSnapshotId: snapshot?.id ?? null,
    ...diskBase(snapshot),
    productCode: snapshot?.productCode ?? null,
  };
}

async function planEncryption(
  { call, regionId, ioOptimized }: Launch,
  words: EncryptionWords,
  category: string,
  source: SnapshotRow | null | undefined,
): Promise<Encryption> {
  const encryption = await diskEncryption(call, regionId, words, source);
  refuseEncryptedEphemeral(call, category, encryption);
  if (encryption.encrypted && !ioOptimized) throw call.error('IoOptimized.NotSupported', { about: 'kmsKeyId' });
  return encryption;
}

/** A finished snapshot of the caller's, in the region. */
async function readySnapshot(call: Call, regionId: string, id: string): Promise<SnapshotRow> {
  const snapshot = await findSnapshot(call.db, call.accountId, id);
  if (snapshot?.regionId !== regionId) throw call.error('InvalidDataDiskSnapshotId.NotFound');
  if (!allows(snapshotCan.createDisk, snapshot.status)) throw call.error('InvalidSnapshotId.NotReady');
  return snapshot;
}

function checkTaken(call: Call, instance: { family: string; ioOptimized: boolean }, category: string): void {
  if (!takesDiskCategory(instance, category)) {
    throw call.error('InvalidDiskCategory.NotSupported', { about: 'specified instance type', hint: category });
  }
}
