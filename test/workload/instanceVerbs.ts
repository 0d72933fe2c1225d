import { Refused } from './client.ts';
import { SMALL, writing } from './diskVerbs.ts';
import { addImage, hasRoomForImages, ignoring, shuffled } from './imageVerbs.ts';
import { addDisk, closed, type ModelDisk, type ModelInstance } from './model.ts';
import type { Session } from './session.ts';
import { free, tokenOf, type Verb, type World } from './workload.ts';
import { watch } from './writeVerbs.ts';

const GIB = 1024 ** 3;

const disksOf = (world: World, instanceId: string): ModelDisk[] =>
  [...world.model.disks.values()].filter((disk) => disk.instanceId === instanceId);

/** Everything of an instance: for what ends its disks' clients. */
const allOf = (world: World, instance: ModelInstance): string[] => [
  instance.id,
  ...disksOf(world, instance.id).flatMap(({ id }) => [id, writing(id)]),
];

const isIdle = (world: World, instance: ModelInstance): boolean =>
  allOf(world, instance).every((lock) => !world.locks.has(lock));

export const runInstance: Verb = (world, random) => {
  const place = random.pick(world.places);
  const { account, regionId } = place;
  const [image] = shuffled(
    random,
    free(
      world,
      world.model.images,
      (one) => one.regionId === regionId && (one.account === account || one.sharedWith.has(account)),
    ),
  );
  if (!image || world.model.instances.size >= world.limits.instances) return null;
  const hasExtraDisk = image.disks.length === 1 && random.chance(0.4);
  if (world.model.disks.size + image.disks.length + Number(hasExtraDisk) > world.limits.disks) return null;
  const sizesGib = image.disks.map(({ sizeBytes }) => Math.max(1, Math.ceil(sizeBytes / GIB)));
  const token = tokenOf(world);
  const isStarted = random.chance(0.75);
  return {
    what: `run ${image.id}`,
    locks: [image.id, ...image.disks.map(({ snapshotId }) => snapshotId)],
    async run(session) {
      const request = {
        RegionId: regionId,
        ImageId: image.id,
        InstanceType: 'ecs.g6.large',
        VSwitchId: place.vSwitchId,
        SecurityGroupId: place.securityGroupId,
        'SystemDisk.Category': SMALL.Category,
        'SystemDisk.PerformanceLevel': SMALL.PerformanceLevel,
        'SystemDisk.Size': sizesGib[0],
        ...(hasExtraDisk && {
          'DataDisk.1.Category': SMALL.Category,
          'DataDisk.1.PerformanceLevel': SMALL.PerformanceLevel,
          'DataDisk.1.Size': 1,
        }),
        ClientToken: token,
      };
      const answer = await session.api<Created>(account, isStarted ? 'RunInstances' : 'CreateInstance', request);
      const id = answer.InstanceId ?? answer.InstanceIdSets!.InstanceIdSet[0]!;
      await becomes(session, id, isStarted ? 'Running' : 'Stopped');
      world.model.instances.set(id, { id, account, regionId, isRunning: isStarted });
      for (const [index, disk] of session.rows.disksOfInstance(id).entries()) {
        const sizeBytes = disk.sizeGib * GIB;
        const content = image.disks[index]?.content ?? new Map();
        const isSystem = index === 0;
        addDisk(world.model, { id: disk.id, account, regionId, sizeBytes, isSystem, instanceId: id }, content);
      }
    },
  };
};

interface Created {
  InstanceId?: string;
  InstanceIdSets?: { InstanceIdSet: string[] };
}

async function becomes(session: Session, id: string, wanted: string): Promise<void> {
  const status = await session.until(`instance ${id} is ${wanted}`, () => {
    const instance = session.rows.instance(id);
    if (!instance) return 'gone';
    return instance.status.endsWith('ing') && instance.status !== 'Running' ? undefined : instance.status;
  });
  if (status !== wanted) throw new Error(`instance ${id} became ${status} instead of ${wanted}`);
}

export const stopInstance: Verb = (world, random) => {
  const [instance] = shuffled(
    random,
    free(world, world.model.instances, (one) => one.isRunning && isIdle(world, one)),
  );
  if (!instance) return null;
  return {
    what: `stop ${instance.id}`,
    locks: allOf(world, instance),
    async run(session) {
      await asked(session, instance, 'StopInstance', 'Running');
      await becomes(session, instance.id, 'Stopped');
      instance.isRunning = false;
      for (const disk of disksOf(world, instance.id)) closed(disk);
    },
  };
};

export const startInstance: Verb = (world, random) => {
  const [instance] = shuffled(
    random,
    free(world, world.model.instances, (one) => !one.isRunning && isIdle(world, one)),
  );
  if (!instance) return null;
  return {
    what: `start ${instance.id}`,
    locks: allOf(world, instance),
    async run(session) {
      await asked(session, instance, 'StartInstance', 'Stopped');
      await becomes(session, instance.id, 'Running');
      instance.isRunning = true;
      for (const disk of disksOf(world, instance.id)) {
        disk.sizeBytes = Math.max(disk.sizeBytes, disk.pendingBytes);
        disk.pendingBytes = 0;
      }
    },
  };
};

/** Refused is fine when it was done before a crash. */
async function asked(session: Session, instance: ModelInstance, action: string, from: string): Promise<void> {
  try {
    await session.api(instance.account, action, { InstanceId: instance.id });
  } catch (error) {
    if (!(error instanceof Refused) || session.rows.instance(instance.id)?.status === from) throw error;
  }
}

export const deleteInstance: Verb = (world, random) => {
  const isCrowded = world.model.instances.size >= world.limits.instances;
  const [instance] = shuffled(
    random,
    free(world, world.model.instances, (one) => isIdle(world, one) && (isCrowded || random.chance(0.3))),
  );
  if (!instance) return null;
  return {
    what: `deleteInstance ${instance.id}`,
    locks: allOf(world, instance),
    async run(session) {
      await ignoring('InvalidInstanceId.NotFound', () =>
        session.api(instance.account, 'DeleteInstance', { InstanceId: instance.id, Force: true }),
      );
      world.model.instances.delete(instance.id);
      for (const disk of disksOf(world, instance.id)) {
        const kept = await session.until(`disk ${disk.id} is let go`, () => {
          const row = session.rows.disk(disk.id);
          return row?.status === 'Detaching' ? undefined : (row?.status ?? 'gone');
        });
        if (kept === 'gone') world.model.disks.delete(disk.id);
        else {
          closed(disk);
          disk.instanceId = null;
          disk.isSystem = false;
        }
      }
    },
  };
};

/** Of all its disks at one moment. */
export const createImageFromInstance: Verb = (world, random) => {
  if (!hasRoomForImages(world)) return null;
  const [instance] = shuffled(
    random,
    free(world, world.model.instances, (one) => disksOf(world, one.id).every(({ id }) => !world.locks.has(id))),
  );
  if (!instance) return null;
  const disks = disksOf(world, instance.id);
  const token = tokenOf(world);
  const holding = watch(disks);
  let failed: { imageId: string; snapshotIds: (string | null)[] } | null = null;
  return {
    what: `imageFromInstance ${instance.id}`,
    locks: [instance.id, ...disks.map(({ id }) => id)],
    async run(session) {
      if (failed) return discard(session, instance, failed);
      const contents = holding.begin();
      let imageId: string;
      try {
        ({ ImageId: imageId } = await session.api<{ ImageId: string }>(instance.account, 'CreateImage', {
          RegionId: instance.regionId,
          InstanceId: instance.id,
          ClientToken: token,
        }));
      } catch (error) {
        if (!(error instanceof Refused) || error.code !== 'IncorrectInstanceStatus.NeedRestart') throw error;
        return holding.end();
      }
      holding.end();
      const status = await session.until(`image ${imageId} is made`, () => {
        const image = session.rows.image(imageId);
        return image && /Creating|Waiting/.test(image.status) ? undefined : (image?.status ?? 'gone');
      });
      if (status === 'Available') {
        const made = inOrder(session, instance.id, disks).map((disk) => ({
          content: contents[disks.indexOf(disk)]!,
          sizeBytes: disk.sizeBytes,
          diskId: disk.id,
        }));
        addImage(world, session, { id: imageId, place: instance, disks: made });
        return;
      }
      if (status !== 'CreateFailed' || !holding.wasKilled()) throw new Error(`image ${imageId} became ${status}`);
      failed = { imageId, snapshotIds: session.rows.snapshotsOfImage(imageId) };
      await discard(session, instance, failed);
    },
  };
};

/** As the image has them: the system disk first, then by device. */
function inOrder(session: Session, instanceId: string, disks: readonly ModelDisk[]): ModelDisk[] {
  const order = session.rows.disksOfInstance(instanceId).map(({ id }) => id);
  const place = (disk: ModelDisk) => (disk.isSystem ? -1 : order.indexOf(disk.id));
  return [...disks].sort((a, b) => place(a) - place(b));
}

/** An image that failed, and its snapshots. */
async function discard(
  session: Session,
  { account, regionId }: ModelInstance,
  { imageId, snapshotIds }: { imageId: string; snapshotIds: readonly (string | null)[] },
): Promise<void> {
  await session.api(account, 'DeleteImage', { RegionId: regionId, ImageId: imageId, Force: true });
  for (const SnapshotId of snapshotIds) {
    await ignoring('InvalidSnapshotId.NotFound', () =>
      session.api(account, 'DeleteSnapshot', { SnapshotId: SnapshotId!, Force: true }),
    );
  }
}
