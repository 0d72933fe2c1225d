import type { Db } from './database.ts';
import type { DiskRow } from './tables/disks.ts';
import type { ListWindow } from './window.ts';

/** The snapshots of one disk, together; the disk's and instance's columns are null once those are gone. */
export interface SnapshotLink {
  id: string;
  /** Of the oldest snapshot that is left. */
  createdAt: number;
  sourceDiskId: string;
  sourceDiskType: DiskRow['type'];
  sourceDiskSizeGib: number;
  count: number;
  /** What the snapshots hold, each counted by what had changed since the one before. */
  sizeBytes: number;
  diskName: string | null;
  diskType: DiskRow['type'] | null;
  diskSizeGib: number | null;
  instanceId: string | null;
  instanceName: string | null;
}

export interface SnapshotLinkFilter {
  accountId: string;
  regionId: string;
  ids?: readonly string[] | undefined;
  diskIds?: readonly string[] | undefined;
  /** Of disks that are attached to it now. */
  instanceId?: string | undefined;
}

export async function listSnapshotLinks(
  db: Db,
  filter: SnapshotLinkFilter,
  window: ListWindow,
): Promise<{ rows: SnapshotLink[]; total: number }> {
  const links = db
    .selectFrom('snapshots')
    .select((eb) => [
      'snapshotLinkId as id',
      eb.fn.min<number>('createdAt').as('createdAt'),
      eb.fn.max<string>('sourceDiskId').as('sourceDiskId'),
      eb.fn.max<DiskRow['type']>('sourceDiskType').as('sourceDiskType'),
      eb.fn.max<number>('sourceDiskSizeGib').as('sourceDiskSizeGib'),
      eb.fn.countAll<number>().as('count'),
      eb.fn.sum<number>('storedBytes').as('sizeBytes'),
    ])
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .where('snapshotLinkId', 'is not', null)
    .$if(filter.ids !== undefined, (q) => q.where('snapshotLinkId', 'in', filter.ids!))
    .$if(filter.diskIds !== undefined, (q) => q.where('sourceDiskId', 'in', filter.diskIds!))
    .groupBy('snapshotLinkId');
  const matching = db
    .selectFrom(links.as('links'))
    .leftJoin('disks', 'disks.id', 'links.sourceDiskId')
    .leftJoin('instances', 'instances.id', 'disks.instanceId')
    .$if(filter.instanceId !== undefined, (q) => q.where('disks.instanceId', '=', filter.instanceId!));
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await matching
    .selectAll('links')
    .select(['disks.name as diskName', 'disks.type as diskType', 'disks.sizeGib as diskSizeGib'])
    .select(['disks.instanceId', 'instances.name as instanceName'])
    .$if(Boolean(window.after), (q) =>
      q.where((eb) =>
        eb(eb.refTuple('links.createdAt', 'links.id'), '<', eb.tuple(window.after!.createdAt, window.after!.id)),
      ),
    )
    .orderBy('links.createdAt', 'desc')
    .orderBy('links.id', 'desc')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return {
    rows: rows.map((row) => ({ ...(row as SnapshotLink), count: Number(row.count), sizeBytes: Number(row.sizeBytes) })),
    total: Number(total),
  };
}
