import type { DiskRow } from '../../src/records/tables/disks.ts';
import { rootOf } from './dataPlane.ts';
import type { JobWorld } from './jobWorld.ts';
import { diskRow } from './rows.ts';

export const disk = (world: JobWorld, id: string) =>
  world.database.read.selectFrom('disks').selectAll().where('id', '=', id).executeTakeFirst();
export const instance = (world: JobWorld, id: string) =>
  world.database.read.selectFrom('instances').selectAll().where('id', '=', id).executeTakeFirst();
export const image = (world: JobWorld, id: string) =>
  world.database.read.selectFrom('images').selectAll().where('id', '=', id).executeTakeFirst();
export const snapshot = (world: JobWorld, id: string) =>
  world.database.read.selectFrom('snapshots').selectAll().where('id', '=', id).executeTakeFirst();

/** A disk with a volume that holds `content`. */
export async function addDisk(world: JobWorld, content: string, row: Partial<DiskRow> & { id: string }): Promise<void> {
  const whole = diskRow({ status: 'Available', ...row });
  await world.write((tx) => tx.insertInto('disks').values(whole).execute());
  await world.plane.volumes.create({
    volumeId: whole.volumeId,
    regionId: whole.regionId,
    sizeBytes: whole.sizeGib * 1024 ** 3,
    baseRoot: null,
    keyId: whole.kmsKeyId,
  });
  world.plane.disks.get(whole.volumeId)!.content = content;
  world.plane.calls.length = 0;
}

/** Something stored in a region, as if by an earlier job. */
export function put(world: JobWorld, regionId: string, content: string): string {
  const store = world.plane.stores.get(regionId) ?? new Map<string, string>();
  world.plane.stores.set(regionId, store.set(rootOf(content), content));
  return rootOf(content);
}
