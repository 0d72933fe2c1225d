import type { DiskStatus } from '../../rules/states.ts';
import type { Flag } from '../schema.ts';

export interface DiskRow {
  id: string;
  accountId: string;
  regionId: string;
  zoneId: string;
  name: string;
  description: string;
  type: 'system' | 'data';
  category: string;
  performanceLevel: string | null;
  sizeGib: number;
  status: DiskStatus;
  instanceId: string | null;
  /** `/dev/xvda` … as the API names it. */
  device: string | null;
  imageId: string | null;
  sourceSnapshotId: string | null;
  deleteWithInstance: Flag;
  deleteAutoSnapshot: Flag;
  enableAutoSnapshot: Flag;
  portable: Flag;
  encrypted: Flag;
  kmsKeyId: string | null;
  chargeType: 'PostPaid' | 'PrePaid';
  productCode: string | null;
  serialNumber: string;
  autoSnapshotPolicyId: string | null;
  resourceGroupId: string;
  /** Has been attached to an instance at least once. */
  everAttached: Flag;
  createdAt: number;
  attachedAt: number | null;
  detachedAt: number | null;
  /** An offline resize that takes effect when the instance next starts. */
  pendingSizeGib: number | null;
  /** Names the volume on disk: a new one for each new content (re-initialised, replaced, rolled back). */
  volumeId: string;
  /** What the volume began from: a map root (hex), null for an empty disk. A root for garbage collection. */
  baseRoot: string | null;
  /** Map root of the newest snapshot of this content; snapshots are incremental to it. A root for garbage collection. */
  lastRoot: string | null;
}
