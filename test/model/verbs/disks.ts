import sdk from '@alicloud/ecs20140526';
import {
  existing,
  isBeingStored,
  nextDevice,
  owns,
  release,
  seesImage,
  SYSTEM_DEVICE,
  systemDiskOf,
  type Disk,
} from '../model.ts';
import type { Tenant } from '../../requirements/world.ts';
import { findRegion } from '../../../src/rules/regions.ts';
import { NothingToDo, broken, choose, chooseRegion, step, type Rule, type Verb } from '../verb.ts';

const ENOUGH_DISKS = 20;
const GIB = 20;
/** Where `Tenant.network` is, too. */
const zoneOf = (regionId: string): string => findRegion(regionId)!.zones.at(-1)!;

export const createDisk: Verb = (bed, random) => {
  const { model } = bed;
  if (existing(model.disks).length >= ENOUGH_DISKS) throw new NothingToDo();
  const tenant = random.pick(bed.tenants);
  const from = random.chance(0.6) ? choose(random, model, 'snapshots', (one) => owns(tenant, one)) : null;
  const regionId = chooseRegion(bed, random, from?.it?.regionId);
  const snapshot = from?.it;
  return step({
    who: tenant,
    what: `creates a disk in ${regionId}${from ? ` from ${from.id}` : ''}`,
    codes: broken(
      [[from !== null && (!owns(tenant, snapshot) || snapshot.regionId !== regionId), 'InvalidSnapshotId.NotFound']],
      () => [[snapshot !== undefined && !snapshot.isReady, 'InvalidSnapshot.NotReady']],
    ),
    async call() {
      const request = { regionId, zoneId: zoneOf(regionId), diskCategory: 'cloud_essd', size: GIB };
      const from_ = from && { snapshotId: from.id };
      return (await tenant.ecs.createDisk(new sdk.CreateDiskRequest({ ...request, ...from_ }))).body!.diskId!;
    },
    done(id) {
      model.disks.set(id, {
        id,
        owner: tenant,
        regionId,
        isGone: false,
        type: 'data',
        gib: Math.max(GIB, snapshot?.gib ?? 0),
        content: snapshot?.content ?? '',
        instance: null,
        device: null,
        goesWithInstance: false,
        wasAttached: false,
        attachedAt: 0,
        image: null,
        snapshot: snapshot ?? null,
      });
    },
  });
};

/** As a data disk, or as the system disk that the instance lacks. */
export const attachDisk: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: diskId, it: disk } = choose(random, model, 'disks', (one) => owns(tenant, one) && !one.instance);
  const fits = (one: { regionId: string }) => !disk || one.regionId === disk.regionId;
  const { id: instanceId, it } = choose(random, model, 'instances', (one) => owns(tenant, one) && fits(one));
  const lacks = it !== undefined && !systemDiskOf(model, it);
  const bootable = random.chance(lacks ? 0.7 : 0.1);
  return step({
    who: tenant,
    what: `attaches ${diskId} to ${instanceId}${bootable ? ' as its system disk' : ''}`,
    codes: broken(
      [
        [!owns(tenant, it), 'InvalidInstanceId.NotFound'],
        [!owns(tenant, disk), 'InvalidDiskId.NotFound'],
      ],
      () => [
        [disk!.instance !== null, 'InvalidDisk.InUse'],
        [disk!.regionId !== it!.regionId, 'ResourcesNotInSameZone'],
        [bootable && it!.isRunning, 'IncorrectInstanceStatus'],
        [bootable && disk!.image === null, 'DiskId.ValueNotSupported'],
        [bootable && !lacks, 'InvalidDevice.InUse'],
      ],
    ),
    question: bootable ? undefined : { Verb: 'attach', ResourceId: diskId, InstanceId: instanceId },
    call: () => tenant.ecs.attachDisk(new sdk.AttachDiskRequest({ instanceId, diskId, bootable })),
    done() {
      const device = bootable ? SYSTEM_DEVICE : nextDevice(model, it!);
      const type = bootable ? 'system' : 'data';
      const attached = { instance: it!, device, type, goesWithInstance: false } as const;
      Object.assign(disk!, attached, { wasAttached: true, attachedAt: model.now });
      if (bootable) it!.image = disk!.image!;
    },
  });
};

export const detachDisk: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: diskId, it: disk } = choose(random, model, 'disks', (one) => owns(tenant, one) && one.instance !== null);
  const { id: instanceId, it } = choose(random, model, 'instances', (one) => one === disk?.instance);
  const isSystem = disk?.type === 'system';
  return step({
    who: tenant,
    what: `detaches ${diskId} from ${instanceId}`,
    codes: broken(
      [
        [!owns(tenant, it), 'InvalidInstanceId.NotFound'],
        [!owns(tenant, disk), 'InvalidDiskId.NotFound'],
      ],
      () => {
        if (!disk!.instance) return [[true, 'InvalidDisk.AlreadyDetached']];
        if (disk!.instance !== it) return [[true, 'DependencyViolation']];
        return [
          [isSystem && it.isRunning, 'DiskTypeViolation'],
          [isSystem && disk!.image!.isGone, 'InvalidDiskId.OperationNotSupported'],
        ];
      },
    ),
    question: { Verb: 'detach', ResourceId: diskId, InstanceId: instanceId },
    call: () => tenant.ecs.detachDisk(new sdk.DetachDiskRequest({ instanceId, diskId })),
    done: () => release(disk!),
  });
};

/** A disk that is not there counts as deleted. */
export const deleteDisk: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: diskId, it: disk } = choose(random, model, 'disks', (one) => owns(tenant, one) && !one.instance);
  const rules: readonly Rule[] = owns(tenant, disk)
    ? [
        [disk.instance !== null, 'DiskStillAttached'],
        [isBeingStored(model, disk), 'DiskCreatingSnapshot'],
      ]
    : [];
  return step({
    who: tenant,
    what: `deletes ${diskId}`,
    codes: broken(rules),
    // The action answers as if it had deleted what is not there; Explain says that it is not.
    question: owns(tenant, disk) ? { Verb: 'delete', ResourceId: diskId } : undefined,
    call: () => tenant.ecs.deleteDisk(new sdk.DeleteDiskRequest({ diskId })),
    done() {
      if (owns(tenant, disk)) disk.isGone = true;
    },
  });
};

/** Not a call: an owner's machine writes. */
export const write: Verb = (bed, random) => {
  const disks = existing(bed.model.disks);
  if (disks.length === 0) throw new NothingToDo();
  const disk = random.pick(disks);
  const content = `written by ${disk.owner!.accountId} at step ${bed.model.now}`;
  return step({
    who: null,
    what: `${disk.id} is written to`,
    codes: [],
    call: () => bed.write(disk.id, content),
    done() {
      disk.content = content;
    },
  });
};

/** Back to a snapshot of it. */
export const resetDisk: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const canBeReset = (one: Disk) => owns(tenant, one) && !one.instance?.isRunning;
  const isOfOne = (disk: Disk | null) => disk !== null && canBeReset(disk);
  const { id: snapshotId, it: snapshot } = choose(
    random,
    model,
    'snapshots',
    (one) => owns(tenant, one) && isOfOne(one.disk),
  );
  const { id: diskId, it: disk } = choose(random, model, 'disks', (one) => one === snapshot?.disk);
  return step({
    who: tenant,
    what: `resets ${diskId} to ${snapshotId}`,
    codes: broken(
      [
        [!owns(tenant, disk), 'InvalidDiskId.NotFound'],
        [!owns(tenant, snapshot), 'InvalidSnapshotId.NotFound'],
      ],
      () => [
        [snapshot!.disk !== disk, 'InvalidParameter.Mismatch'],
        [!snapshot!.isReady, 'InvalidSnapshotId.NotReady'],
        [disk!.instance?.isRunning === true, 'IncorrectInstanceStatus'],
        [isBeingStored(model, disk!), 'IncorrectDiskStatus.HasUnfinishedSnapshot'],
      ],
    ),
    question: { Verb: 'rollback', ResourceId: snapshotId, DiskId: diskId },
    call: () => tenant.ecs.resetDisk(new sdk.ResetDiskRequest({ diskId, snapshotId })),
    done() {
      disk!.content = snapshot!.content;
    },
  });
};

/** Back to how it began: a system disk to its image, a data disk to its snapshot or to nothing. */
export const reInitDisk: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const isStopped = (one: Disk) => one.instance !== null && !one.instance.isRunning && one.instance.startedAt !== null;
  const lostOrigin = random.chance(0.3);
  const { id: diskId, it: disk } = choose(
    random,
    model,
    'disks',
    (one) => owns(tenant, one) && isStopped(one) && (!lostOrigin || (one.image ?? one.snapshot)?.isGone === true),
  );
  return step({
    who: tenant,
    what: `re-initialises ${diskId}`,
    codes: broken([[!owns(tenant, disk), 'InvalidDiskId.NotFound']], () => {
      const { instance } = disk!;
      if (!instance) return [[true, 'IncorrectDiskStatus']];
      return [
        [instance.isRunning, 'IncorrectInstanceStatus'],
        [instance.startedAt === null, 'IncorrectInstanceStatus'],
        [isBeingStored(model, disk!), 'DiskCreatingSnapshot'],
        ...originRules(tenant, disk!),
      ];
    }),
    question: { Verb: 'reinit', ResourceId: diskId },
    call: () => tenant.ecs.reInitDisk(new sdk.ReInitDiskRequest({ diskId })),
    done() {
      const { type, image, snapshot } = disk!;
      disk!.content = type === 'system' ? image!.disks[0]!.content : (snapshot?.content ?? '');
    },
  });
};

/** What it was made from is still there for its owner. */
function originRules(tenant: Tenant, { type, image, snapshot, regionId }: Disk): Rule[] {
  if (type === 'data') return [[snapshot?.isGone === true, 'InvalidSourceSnapshot']];
  const isThere = seesImage(tenant, image!, regionId);
  return [[!isThere, image!.owner === tenant ? 'InvalidDiskId.OperationNotSupported' : 'SharedImageDeleted']];
}
