import type { Flag } from '../schema.ts';

export interface SnapshotRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  status: 'progressing' | 'accomplished' | 'failed';
  /** 0 … 100. */
  progress: number;
  type: 'user' | 'auto';
  /** Survives the disk; null for what was imported. */
  sourceDiskId: string | null;
  sourceDiskType: 'system' | 'data';
  sourceDiskSizeGib: number;
  sourceDiskCategory: string | null;
  /** The chain that it belongs to, one for each source disk. */
  snapshotLinkId: string | null;
  retentionDays: number | null;
  createdAt: number;
  completedAt: number | null;
  encrypted: Flag;
  kmsKeyId: string | null;
  productCode: string | null;
  /** Set on what CopyImage or CopySnapshot made. */
  sourceSnapshotId: string | null;
  sourceRegionId: string | null;
  resourceGroupId: string;
  /** Map root (hex); null while progressing, and for a wholly empty disk once accomplished. A root for garbage collection. */
  root: string | null;
  /** Size of what the map describes. */
  sizeBytes: number;
  /** Bytes of chunks that this snapshot added to the region's store. */
  storedBytes: number;
}
