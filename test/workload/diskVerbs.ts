import { Refused } from './client.ts';
import { ignoring, shuffled } from './imageVerbs.ts';
import { addDisk, closed, type ModelDisk } from './model.ts';
import type { Session } from './session.ts';
import { free, tokenOf, type Verb, type World } from './workload.ts';

const GIB = 1024 ** 3;

/** A disk is locked twice: by who writes to it, and by who needs it to stay what it is. */
export const writing = (id: string): string => `${id} writing`;

export const isCalm = (world: World, disk: ModelDisk): boolean =>
  !world.locks.has(disk.id) && !world.locks.has(writing(disk.id));

export const hasRoomForDisks = (world: World): boolean => world.model.disks.size < world.limits.disks;

/** The smallest disks that there are. */
export const SMALL = { Category: 'cloud_essd', PerformanceLevel: 'PL0' } as const;

export const createDisk: Verb = (world, random) => {
  if (!hasRoomForDisks(world)) return null;
  const place = random.pick(world.places);
  const { account, regionId, zoneId } = place;
  const fits = (one: { account: unknown; regionId: string }) => one.account === account && one.regionId === regionId;
  const [snapshot] = random.chance(0.6) ? shuffled(random, free(world, world.model.snapshots, fits)) : [];
  const sizeBytes = Math.max(GIB, Math.ceil((snapshot?.sizeBytes ?? 0) / GIB) * GIB);
  const token = tokenOf(world);
  return {
    what: `createDisk ${snapshot ? `from ${snapshot.id}` : ''}`,
    locks: snapshot ? [snapshot.id] : [],
    async run(session) {
      const { DiskId: id } = await session.api<{ DiskId: string }>(account, 'CreateDisk', {
        RegionId: regionId,
        ZoneId: zoneId,
        DiskCategory: SMALL.Category,
        PerformanceLevel: SMALL.PerformanceLevel,
        Size: sizeBytes / GIB,
        SnapshotId: snapshot?.id,
        ClientToken: token,
      });
      await diskBecomes(session, id, 'Available');
      const disk = { id, account, regionId, sizeBytes, isSystem: false, instanceId: null };
      addDisk(world.model, disk, snapshot?.content ?? new Map());
    },
  };
};

export async function diskBecomes(session: Session, id: string, wanted: string): Promise<void> {
  const status = await session.until(`disk ${id} is ${wanted}`, () => {
    const disk = session.rows.disk(id);
    if (!disk) return 'gone';
    return disk.status.endsWith('ing') ? undefined : disk.status;
  });
  if (status !== wanted) throw new Error(`disk ${id} became ${status} instead of ${wanted}`);
}

export const attachDisk: Verb = (world, random) => {
  const [disk] = shuffled(
    random,
    [...world.model.disks.values()].filter((one) => !one.instanceId && isCalm(world, one)),
  );
  const fits = (one: { account: unknown; regionId: string }) =>
    one.account === disk?.account && one.regionId === disk?.regionId;
  const [instance] = shuffled(random, free(world, world.model.instances, fits));
  if (!disk || !instance) return null;
  return {
    what: `attach ${disk.id} to ${instance.id}`,
    locks: [disk.id, writing(disk.id), instance.id],
    async run(session) {
      const request = { InstanceId: instance.id, DiskId: disk.id };
      try {
        await session.api(disk.account, 'AttachDisk', request);
      } catch (error) {
        // Asked before the crash.
        const isDone = session.rows.disk(disk.id)?.instanceId === instance.id;
        if (!(error instanceof Refused) || !isDone) throw error;
      }
      await diskBecomes(session, disk.id, 'In_use');
      disk.instanceId = instance.id;
      disk.wasAttached = true;
    },
  };
};

export const detachDisk: Verb = (world, random) => {
  const [disk] = shuffled(
    random,
    [...world.model.disks.values()].filter((one) => one.instanceId && !one.isSystem && isCalm(world, one)),
  );
  if (!disk || world.locks.has(disk.instanceId!)) return null;
  const instanceId = disk.instanceId!;
  return {
    what: `detach ${disk.id}`,
    locks: [disk.id, writing(disk.id), instanceId],
    async run(session) {
      try {
        await session.api(disk.account, 'DetachDisk', { InstanceId: instanceId, DiskId: disk.id });
      } catch (error) {
        const isDone = session.rows.disk(disk.id)?.status !== 'In_use';
        if (!(error instanceof Refused) || !isDone) throw error;
      }
      await diskBecomes(session, disk.id, 'Available');
      closed(disk);
      disk.instanceId = null;
    },
  };
};

export const deleteDisk: Verb = (world, random) => {
  const isCrowded = world.model.disks.size > world.limits.disks * 0.7;
  const [disk] = shuffled(
    random,
    [...world.model.disks.values()].filter((one) => !one.instanceId && isCalm(world, one) && isCrowded),
  );
  if (!disk) return null;
  return {
    what: `deleteDisk ${disk.id}`,
    locks: [disk.id, writing(disk.id)],
    async run(session) {
      await ignoring('InvalidDiskId.NotFound', () => session.api(disk.account, 'DeleteDisk', { DiskId: disk.id }));
      world.model.disks.delete(disk.id);
    },
  };
};

export const resizeDisk: Verb = (world, random) => {
  const canGrow = (one: ModelDisk) => isCalm(world, one) && one.sizeBytes < 3 * GIB && one.pendingBytes === 0;
  const [disk] = shuffled(random, [...world.model.disks.values()].filter(canGrow));
  if (!disk || (disk.instanceId && world.locks.has(disk.instanceId))) return null;
  const instance = disk.instanceId ? world.model.instances.get(disk.instanceId) : undefined;
  const newGib = disk.sizeBytes / GIB + 1;
  const isOnline = instance?.isRunning === true && random.chance(0.6);
  // Offline, a running instance sees it from its next start on.
  const waits = instance?.isRunning === true && !isOnline;
  const token = tokenOf(world);
  return {
    what: `resize ${disk.id} to ${newGib}`,
    locks: [disk.id, ...(instance ? [instance.id] : [])],
    async run(session) {
      await session.api(disk.account, 'ResizeDisk', {
        DiskId: disk.id,
        NewSize: newGib,
        Type: isOnline ? 'online' : 'offline',
        ClientToken: token,
      });
      if (waits) {
        disk.pendingBytes = newGib * GIB;
        return;
      }
      await session.until(
        `disk ${disk.id} is resized`,
        () => session.rows.disk(disk.id)?.sizeGib === newGib || undefined,
      );
      disk.sizeBytes = newGib * GIB;
    },
  };
};

/** Back to a snapshot of it. */
export const resetDisk: Verb = (world, random) => {
  const [snapshot] = shuffled(
    random,
    free(world, world.model.snapshots, ({ diskId }) => {
      const disk = world.model.disks.get(diskId ?? '');
      if (!disk || !isCalm(world, disk)) return false;
      if (!disk.instanceId) return true;
      return !world.locks.has(disk.instanceId) && !world.model.instances.get(disk.instanceId)!.isRunning;
    }),
  );
  if (!snapshot) return null;
  const disk = world.model.disks.get(snapshot.diskId!)!;
  return {
    what: `reset ${disk.id} to ${snapshot.id}`,
    locks: [snapshot.id, disk.id, writing(disk.id), ...(disk.instanceId ? [disk.instanceId] : [])],
    async run(session) {
      await session.api(disk.account, 'ResetDisk', { DiskId: disk.id, SnapshotId: snapshot.id });
      await diskBecomes(session, disk.id, disk.instanceId ? 'In_use' : 'Available');
      disk.now = new Map(snapshot.content);
      disk.afterCrash = new Map(snapshot.content);
      disk.isChecked = false;
    },
  };
};
