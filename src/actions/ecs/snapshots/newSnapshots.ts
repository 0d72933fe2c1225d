import { newSnapshot } from '../../../records/newSnapshot.ts';
import type { DiskRow } from '../../../records/tables/disks.ts';
import { insertSnapshots, snapshotChains, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { allows, diskCan } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { refuseShutKeys } from '../encryption.ts';

type About = Pick<SnapshotRow, 'name' | 'description' | 'retentionDays' | 'resourceGroupId'> &
  Partial<Pick<SnapshotRow, 'snapshotGroupId'>>;

/** Inserts a progressing snapshot for each of the disks, in their order; refuses disks that can have none now. */
export async function newSnapshots(call: Call, disks: readonly DiskRow[], about: About): Promise<SnapshotRow[]> {
  const ids = disks.map(({ id }) => id);
  const chains = await snapshotChains(call.db, ids);
  const most = await call.quota('snapshotsOfDisk');
  const rows = disks.map((disk) => {
    const chain = chains.get(disk.id)!;
    if (!allows(diskCan.createSnapshot, disk.status)) throw call.error('IncorrectDiskStatus');
    if (disk.everAttached === 0) throw call.error('IncorrectDiskStatus.NeverAttached');
    if (chain.progressing > 0) throw call.error('IncorrectDiskStatus.CreatingSnapshot');
    if (chain.manual >= most) throw call.error('QuotaExceed.Snapshot');
    const infix = call.region(disk.regionId).idInfix;
    return newSnapshot(disk, {
      snapshotGroupId: null,
      ...about,
      id: call.ids.resource('s', infix),
      type: 'user',
      snapshotLinkId: chain.snapshotLinkId ?? call.ids.resource('sl', infix),
      createdAt: call.clock.now(),
    });
  });
  await refuseShutKeys(call, disks);
  await insertSnapshots(call.db, rows);
  return rows;
}
