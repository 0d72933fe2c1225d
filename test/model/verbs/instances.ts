import sdk from '@alicloud/ecs20140526';
import type { Tenant } from '../../requirements/world.ts';
import type { Random } from '../../workload/random.ts';
import type { Bed } from '../bed.ts';
import {
  disksOf,
  existing,
  isBeingStored,
  owns,
  release,
  seesImage,
  systemDiskOf,
  type Disk,
  type Image,
  type Instance,
} from '../model.ts';
import { NothingToDo, broken, choose, step, type Verb } from '../verb.ts';

/** More of them show nothing new. */
const ENOUGH_INSTANCES = 6;
const DATA_GIB = 20;
const INSTANCE_TYPE = 'ecs.g6.large';

/** Public images are always there: now and then it must be one of somebody's, or one that is shared. */
function worthLaunching(random: Random, tenant: Tenant, regionId: string): (image: Image) => boolean {
  const wanted = random.pick(['any', "somebody's", 'shared']);
  return (image) =>
    seesImage(tenant, image, regionId) &&
    (wanted === 'any' || image.owner !== null) &&
    (wanted !== 'shared' || image.owner !== tenant);
}

/** RunInstances, or CreateInstance, which leaves it stopped. */
export const launch: Verb = (bed, random) => {
  const { model } = bed;
  if (existing(model.instances).length >= ENOUGH_INSTANCES) throw new NothingToDo();
  const tenant = random.pick(bed.tenants);
  const regionId = random.pick(bed.regionIds);
  const { id: imageId, it: image } = choose(random, model, 'images', worthLaunching(random, tenant, regionId));
  const starts = random.chance(0.6);
  const extra = random.chance(0.4) ? { goesWithInstance: random.chance(0.5) } : null;
  return step({
    who: tenant,
    what: `launches ${imageId} in ${regionId}`,
    codes: broken([[!seesImage(tenant, image, regionId), 'InvalidImageId.NotFound']], () => [
      [image!.state !== 'available', 'OperationDenied.ImageNotValid'],
    ]),
    question: { Verb: 'launch', ResourceId: imageId, RegionId: regionId, InstanceType: INSTANCE_TYPE },
    async call() {
      const dataDisk = extra && [
        new sdk.RunInstancesRequestDataDisk({ size: DATA_GIB, deleteWithInstance: extra.goesWithInstance }),
      ];
      const request = {
        ...(await tenant.network(regionId)),
        imageId,
        instanceType: INSTANCE_TYPE,
        ...(dataDisk && { dataDisk }),
      };
      if (!starts) return (await tenant.ecs.createInstance(new sdk.CreateInstanceRequest(request))).body!.instanceId!;
      const { body } = await tenant.ecs.runInstances(new sdk.RunInstancesRequest(request));
      return body!.instanceIdSets!.instanceIdSet![0]!;
    },
    async done(id) {
      const startedAt = starts ? model.now : null;
      const instance = {
        id,
        owner: tenant,
        regionId,
        isGone: false,
        isRunning: starts,
        startedAt,
        stoppedAt: 0,
        image: image!,
      };
      model.instances.set(id, instance);
      await addDisks(bed, tenant, instance, extra?.goesWithInstance ?? true);
    },
  });
};

/** What the service made is found by device: the image's disks, then perhaps another one. */
async function addDisks(bed: Bed, tenant: Tenant, instance: Instance, extraGoes: boolean): Promise<void> {
  const { model } = bed;
  const { id: instanceId, regionId, image } = instance;
  const { body } = await tenant.ecs.describeDisks(new sdk.DescribeDisksRequest({ regionId, instanceId, pageSize: 50 }));
  for (const { diskId, device, size } of body!.disks!.disk!) {
    const from = image.disks.find((disk) => disk.device === device);
    model.disks.set(diskId!, {
      id: diskId!,
      owner: tenant,
      regionId,
      isGone: false,
      type: from?.type ?? 'data',
      gib: size!,
      content: from?.content ?? '',
      instance,
      device: device!,
      goesWithInstance: from ? true : extraGoes,
      wasAttached: true,
      attachedAt: model.now,
      image: from?.type === 'system' ? image : null,
      snapshot: from?.type === 'data' ? from.snapshot : null,
    });
  }
}

export const start: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: instanceId, it } = choose(random, model, 'instances', (one) => owns(tenant, one) && !one.isRunning);
  return step({
    who: tenant,
    what: `starts ${instanceId}`,
    codes: broken([[!owns(tenant, it), 'InvalidInstanceId.NotFound']], () => [
      [it!.isRunning, 'IncorrectInstanceStatus'],
      [!systemDiskOf(model, it!), 'InvalidInstance.NotFoundSystemDisk'],
    ]),
    question: { Verb: 'start', ResourceId: instanceId },
    call: () => tenant.ecs.startInstance(new sdk.StartInstanceRequest({ instanceId })),
    done() {
      it!.isRunning = true;
      it!.startedAt = model.now;
    },
  });
};

export const stop: Verb = (bed, random) => {
  const tenant = random.pick(bed.tenants);
  const { id: instanceId, it } = choose(random, bed.model, 'instances', (one) => owns(tenant, one) && one.isRunning);
  return step({
    who: tenant,
    what: `stops ${instanceId}`,
    codes: broken([[!owns(tenant, it), 'InvalidInstanceId.NotFound']], () => [
      [!it!.isRunning, 'IncorrectInstanceStatus'],
    ]),
    question: { Verb: 'stop', ResourceId: instanceId },
    call: () => tenant.ecs.stopInstance(new sdk.StopInstanceRequest({ instanceId })),
    done() {
      it!.isRunning = false;
      it!.stoppedAt = bed.model.now;
    },
  });
};

export const remove: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: instanceId, it } = choose(random, model, 'instances', (one) => owns(tenant, one));
  const force = random.chance(0.5);
  return step({
    who: tenant,
    what: `deletes ${instanceId}${force ? ' by force' : ''}`,
    codes: broken([[!owns(tenant, it), 'InvalidInstanceId.NotFound']], () => [
      [it!.isRunning && !force, 'IncorrectInstanceStatus'],
      [disksOf(model, it!).some((disk) => isBeingStored(model, disk)), 'IncorrectInstanceStatus.Initializing'],
    ]),
    question: { Verb: 'delete', ResourceId: instanceId, Force: String(force) },
    call: () => tenant.ecs.deleteInstance(new sdk.DeleteInstanceRequest({ instanceId, force })),
    done() {
      for (const disk of disksOf(model, it!)) {
        disk.isGone = disk.goesWithInstance;
        disk.type = 'data';
        release(disk);
      }
      it!.isGone = true;
    },
  });
};

/** The old system disk goes with all that is on it. */
export const replaceSystemDisk: Verb = (bed, random) => {
  const { model } = bed;
  const tenant = random.pick(bed.tenants);
  const { id: instanceId, it } = choose(random, model, 'instances', (one) => owns(tenant, one) && !one.isRunning);
  const regionId = it?.regionId ?? random.pick(bed.regionIds);
  const { id: imageId, it: image } = choose(random, model, 'images', worthLaunching(random, tenant, regionId));
  const old = it && systemDiskOf(model, it);
  return step({
    who: tenant,
    what: `replaces the system disk of ${instanceId} by ${imageId}`,
    codes: broken(
      [
        [!owns(tenant, it), 'InvalidInstanceId.NotFound'],
        [!seesImage(tenant, image, regionId), 'InvalidImageId.NotFound'],
      ],
      () => [
        [image!.state !== 'available', 'OperationDenied.ImageNotValid'],
        [image!.disks.length > 1, 'OperationDenied'],
        [it!.isRunning, 'IncorrectInstanceStatus'],
        [!old, 'InvalidInstance.NotFoundSystemDisk'],
        [old !== undefined && isBeingStored(model, old), 'DiskCreatingSnapshot'],
      ],
    ),
    question: { Verb: 'replace', ResourceId: imageId, RegionId: regionId, InstanceId: instanceId },
    async call() {
      const request = new sdk.ReplaceSystemDiskRequest({ instanceId, imageId });
      return (await tenant.ecs.replaceSystemDisk(request)).body!.diskId!;
    },
    done(id) {
      model.disks.set(id, newSystemDisk(old!, id, image!, model.now));
      old!.isGone = true;
      release(old!);
      it!.image = image!;
    },
  });
};

const newSystemDisk = (old: Disk, id: string, image: Image, now: number): Disk => ({
  ...old,
  id,
  content: image.disks[0]!.content,
  image,
  attachedAt: now,
});
