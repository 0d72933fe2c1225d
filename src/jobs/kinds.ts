/**
 * Every kind of job with its input: what an action may enqueue. `prompt` kinds have a `begin` step that the API waits for
 * before it answers (a snapshot's freeze), so that "data written after the call is excluded" holds.
 */
export interface JobInputs {
  /** Makes the volumes of new disks: Creating → Available (or In_use when the row names an instance). */
  createDisks: { diskIds: string[] };
  /** Pending → (Starting → Running when `start`) with its disks' volumes made first. */
  createInstance: { instanceId: string; start: boolean };
  startInstance: { instanceId: string };
  stopInstance: { instanceId: string; force: boolean };
  rebootInstance: { instanceId: string; force: boolean };
  /** Frees the volumes of disks whose rows are already gone. */
  deleteVolumes: { volumeIds: string[] };
  attachDisk: { diskId: string };
  detachDisk: { diskId: string };
  /** Grows a volume to the row's size. */
  resizeDisk: { diskId: string };
  /** ReIniting → its former state: a fresh volume over `baseRoot`, the old one freed (ReInitDisk, ResetDisk). */
  reInitDisk: { diskId: string; oldVolumeId: string; startInstance: boolean };
  /** Prompt. Freezes all the disks at one moment, then stores each: progressing → accomplished. `imageId`: made Available at the end. */
  createSnapshots: { snapshots: { snapshotId: string; diskId: string }[]; imageId: string | null };
  /** Waiting/Creating → Available from snapshots that exist already. */
  createImage: { imageId: string };
  /** Copies the snapshots' chunks between regions' stores, then makes the image Available. */
  copyImage: { imageId: string; disks: { sourceSnapshotId: string; snapshotId: string }[] };
  /** From a file that the operator named (the CLI's `image import`). */
  importImage: { imageId: string; snapshotId: string; path: string; format: 'raw' | 'qcow2'; deleteFile: boolean };
  /** To a raw file that the operator named. */
  exportImage: { imageId: string; path: string };
  /** Marks from all roots of the region and sweeps what nothing reaches. */
  collectGarbage: { regionId: string };
}

export type JobKind = keyof JobInputs;
