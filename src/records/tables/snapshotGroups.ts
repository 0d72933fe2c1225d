/** Snapshots of several disks, all of one moment. Its members' rows name it; its state is theirs. */
export interface SnapshotGroupRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  /** The instance whose disks they are; null for disks that were named one by one. */
  instanceId: string | null;
  resourceGroupId: string;
  createdAt: number;
}
