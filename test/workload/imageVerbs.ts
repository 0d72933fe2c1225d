import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Refused, type Account } from './client.ts';
import { BLOCK_BYTES, writeRawFile, type Content } from './content.ts';
import type { ModelImage } from './model.ts';
import type { Random } from './random.ts';
import type { Session } from './session.ts';
import { free, tokenOf, type Place, type Verb, type World } from './workload.ts';

const MIB = 1024 ** 2;

export const hasRoomForImages = (world: World): boolean =>
  world.model.images.size < world.limits.images && world.model.snapshots.size < world.limits.snapshots;

/** A few runs of blocks somewhere in the file; now and then one that takes a while to store. */
function randomContent(world: World, random: Random, sizeBytes: number): Content {
  const content: Content = new Map();
  const blocks = sizeBytes / BLOCK_BYTES;
  const write = (from: number, count: number) => {
    for (let block = from; block < from + count; block++) content.set(block, new Set([world.nextTag()]));
  };
  for (let run = 2 + random.below(4); run > 0; run--) write(random.below(blocks - 80), 1 + random.below(80));
  if (random.chance(0.2)) write(0, Math.min(blocks, 4096));
  return content;
}

export const importImage: Verb = (world, random) => {
  if (!hasRoomForImages(world)) return null;
  const account = world.accounts[0]!;
  const place = random.pick(world.places.filter((one) => one.account === account));
  const name = world.nextName('import');
  const sizeBytes = (4 + random.below(60)) * MIB;
  const content = randomContent(world, random, sizeBytes);
  const format = random.chance(0.25) ? 'qcow2' : 'raw';
  const path = join(world.scratchDir, `${name}.${format}`);
  return {
    what: `import ${name}`,
    locks: [name],
    async run(session) {
      if (!existsSync(path)) writeFile(path, format, content, sizeBytes);
      let imageId: string;
      try {
        const body = { path, format, name, regionId: place.regionId };
        ({ imageId } = await session.operator<{ imageId: string }>('POST', 'images/import', body));
      } catch (error) {
        // Asked before the crash.
        const known = session.rows.imageByName(name);
        if (!known || !(error instanceof Refused) || error.status >= 500) throw error;
        imageId = known.id;
      }
      await mustBecomeAvailable(session, imageId);
      rmSync(path);
      addImage(world, session, { id: imageId, place, disks: [{ content, sizeBytes, diskId: null }] });
    },
  };
};

function writeFile(path: string, format: string, content: Content, sizeBytes: number): void {
  const raw = format === 'raw' ? path : `${path}.raw`;
  writeRawFile(raw, content, sizeBytes);
  if (raw === path) return;
  execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, path]);
  rmSync(raw);
}

async function mustBecomeAvailable(session: Session, imageId: string): Promise<void> {
  const status = await session.until(`image ${imageId} is made`, () => {
    const image = session.rows.image(imageId);
    if (!image) return 'gone';
    return image.status === 'Waiting' || image.status === 'Creating' ? undefined : image.status;
  });
  if (status !== 'Available') throw new Error(`image ${imageId} became ${status}`);
}

/** Enters an image that is there with the snapshots that it is made of. */
export function addImage(
  world: World,
  session: Session,
  made: { id: string; place: Pick<Place, 'account' | 'regionId'>; disks: readonly NewDisk[] },
): void {
  const { account, regionId } = made.place;
  const snapshotIds = session.rows.snapshotsOfImage(made.id);
  const disks = made.disks.map(({ content, sizeBytes, diskId }, index) => {
    const snapshotId = snapshotIds[index]!;
    const known = world.model.snapshots.get(snapshotId);
    if (!known) {
      const isSystem = index === 0;
      world.model.snapshots.set(snapshotId, {
        id: snapshotId,
        account,
        regionId,
        sizeBytes,
        content,
        isSystem,
        diskId,
      });
    }
    return { snapshotId, content: known?.content ?? content, sizeBytes };
  });
  world.model.images.set(made.id, { id: made.id, account, regionId, disks, sharedWith: new Set() });
}

interface NewDisk {
  content: Content;
  sizeBytes: number;
  diskId: string | null;
}

export const createImageFromSnapshot: Verb = (world, random) => {
  if (!hasRoomForImages(world)) return null;
  const [snapshot] = shuffled(
    random,
    free(world, world.model.snapshots, ({ isSystem }) => isSystem),
  );
  if (!snapshot) return null;
  const { account, regionId, content, sizeBytes, diskId } = snapshot;
  const token = tokenOf(world);
  return {
    what: `imageFromSnapshot ${snapshot.id}`,
    locks: [snapshot.id],
    async run(session) {
      const { ImageId } = await session.api<{ ImageId: string }>(account, 'CreateImage', {
        RegionId: regionId,
        SnapshotId: snapshot.id,
        ClientToken: token,
      });
      await mustBecomeAvailable(session, ImageId);
      addImage(world, session, { id: ImageId, place: snapshot, disks: [{ content, sizeBytes, diskId }] });
    },
  };
};

/** Own images anywhere, shared ones in their region. */
export const copyImage: Verb = (world, random) => {
  if (!hasRoomForImages(world)) return null;
  const place = random.pick(world.places);
  const [image] = shuffled(
    random,
    free(
      world,
      world.model.images,
      ({ account, regionId, sharedWith }) =>
        account === place.account || (sharedWith.has(place.account) && regionId === place.regionId),
    ),
  );
  if (!image) return null;
  const token = tokenOf(world);
  return {
    what: `copy ${image.id} to ${place.regionId}`,
    locks: [image.id, ...image.disks.map(({ snapshotId }) => snapshotId)],
    async run(session) {
      const { ImageId } = await session.api<{ ImageId: string }>(place.account, 'CopyImage', {
        RegionId: image.regionId,
        ImageId: image.id,
        DestinationRegionId: place.regionId,
        ClientToken: token,
      });
      await mustBecomeAvailable(session, ImageId);
      addImage(world, session, { id: ImageId, place, disks: image.disks.map((disk) => ({ ...disk, diskId: null })) });
    },
  };
};

/** A copy that nobody wants any more: it is gone without a trace, or was quicker. */
export const cancelCopy: Verb = (world, random) => {
  if (!hasRoomForImages(world)) return null;
  const place = random.pick(world.places);
  const [image] = shuffled(
    random,
    free(world, world.model.images, ({ account }) => account === place.account),
  );
  if (!image) return null;
  const token = tokenOf(world);
  return {
    what: `cancelCopy ${image.id} to ${place.regionId}`,
    locks: [image.id, ...image.disks.map(({ snapshotId }) => snapshotId)],
    async run(session) {
      const { ImageId } = await session.api<{ ImageId: string }>(place.account, 'CopyImage', {
        RegionId: image.regionId,
        ImageId: image.id,
        DestinationRegionId: place.regionId,
        ClientToken: token,
      });
      try {
        await session.api(place.account, 'CancelCopyImage', { RegionId: place.regionId, ImageId });
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (error.code === 'InvalidImageId.NotFound') return;
        if (error.code !== 'IncorrectImageStatus') throw error;
        addImage(world, session, { id: ImageId, place, disks: image.disks.map((disk) => ({ ...disk, diskId: null })) });
      }
    },
  };
};

export const shareImage: Verb = (world, random) => {
  const [image] = shuffled(
    random,
    free(world, world.model.images, () => true),
  );
  const others = image ? world.accounts.filter((account) => account !== image.account) : [];
  if (!image || others.length === 0) return null;
  const other = random.pick(others);
  const isShared = image.sharedWith.has(other);
  return {
    what: `${isShared ? 'unshare' : 'share'} ${image.id}`,
    locks: [image.id],
    async run(session) {
      await changeShare(session, image, other, isShared ? 'RemoveAccount' : 'AddAccount');
    },
  };
};

async function changeShare(session: Session, image: ModelImage, other: Account, change: string): Promise<void> {
  await session.api(image.account, 'ModifyImageSharePermission', {
    RegionId: image.regionId,
    ImageId: image.id,
    [`${change}.1`]: other.accountId,
  });
  if (change === 'AddAccount') image.sharedWith.add(other);
  else image.sharedWith.delete(other);
}

export const deleteImage: Verb = (world, random) => {
  const isCrowded = world.model.images.size > world.limits.images * 0.6;
  const [image] = shuffled(
    random,
    free(world, world.model.images, () => isCrowded || random.chance(0.3)),
  );
  if (!image) return null;
  // An instance of somebody's was made from it, perhaps.
  const force = world.model.instances.size > 0 || random.chance(0.5);
  return {
    what: `deleteImage ${image.id}`,
    locks: [image.id],
    async run(session) {
      for (const other of image.sharedWith) await changeShare(session, image, other, 'RemoveAccount');
      const request = { RegionId: image.regionId, ImageId: image.id, Force: force };
      await session.api(image.account, 'DeleteImage', request);
      world.model.images.delete(image.id);
    },
  };
};

export const deleteSnapshot: Verb = (world, random) => {
  const used = new Set([...world.model.images.values()].flatMap(({ disks }) => disks.map((disk) => disk.snapshotId)));
  const isCrowded = world.model.snapshots.size > world.limits.snapshots * 0.6;
  const [snapshot] = shuffled(
    random,
    free(world, world.model.snapshots, ({ id }) => !used.has(id) && (isCrowded || random.chance(0.4))),
  );
  if (!snapshot) return null;
  return {
    what: `deleteSnapshot ${snapshot.id}`,
    locks: [snapshot.id],
    async run(session) {
      await ignoring('InvalidSnapshotId.NotFound', () =>
        session.api(snapshot.account, 'DeleteSnapshot', { SnapshotId: snapshot.id, Force: true }),
      );
      world.model.snapshots.delete(snapshot.id);
    },
  };
};

/** For what may have been done before a crash. */
export async function ignoring(codes: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refused) || !codes.split(' ').includes(error.code)) throw error;
  }
}

export function shuffled<T>(random: Random, from: readonly T[]): T[] {
  return from
    .map((item) => ({ item, key: random.next() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
