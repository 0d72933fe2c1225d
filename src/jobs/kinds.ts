import type { Download } from '../base/download.ts';
import type { ExportFormat } from '../rules/imageExport.ts';
import type { FileFormat } from '../disks/transfer/toFile.ts';
import type { DiskFormat, Packing } from '../rules/imageForms.ts';
/** `asToldRaw`: as DiskFile's. */
interface ImportForm {
  format: DiskFormat;
  packing?: Packing | null;
  asToldRaw?: boolean;
}

/** A file of the operator's: `pull` is where it is to be fetched from first, and `path` then only what messages call it. */
interface ImportSource extends ImportForm {
  path: string;
  pull?: Download;
}

/**
 * Every kind of job with its input: what an action may enqueue. `prompt` kinds have a `begin` step that the API waits for
 * before it answers (a snapshot's freeze), so that "data written after the call is excluded" holds.
 */
export interface JobInputs {
  /** Makes the volumes of new disks: Creating → Available (or In_use when the row names an instance). */
  createDisks: { diskIds: string[] };
  /** Pending → (Starting → Running when `start`, else Stopped) with its disks' volumes made first. */
  createInstance: { instanceId: string; start: boolean };
  /** Starting → Running; offline resizes take effect. */
  startInstance: { instanceId: string };
  /** Stopping → Stopped; ends the NBD clients of its disks. */
  stopInstance: { instanceId: string; force: boolean };
  /** Stopping → Starting → Running; offline resizes take effect. */
  rebootInstance: { instanceId: string; force: boolean };
  /** Before the disks of an instance whose row is gone are let go: switches its machine off. */
  endMachine: { instanceId: string; diskIds: string[]; volumeIds: string[] };
  /** Running → Stopped: its machine ended by itself. `reason`: null when its guest shut down. */
  machineEnded: { instanceId: string; reason: string | null };
  /** The running machine is reached at the row's public address from now on. */
  readdressMachine: { instanceId: string };
  /** Viewers of the running machine's screen are asked for the row's password from now on. */
  setVncPassword: { instanceId: string };
  /** Associating → InUse, Unassociating → Available: the instance's running machine is reached accordingly. */
  moveEip: { allocationId: string; instanceId: string };
  /** Security groups or routes between VPCs have changed: running machines have the new. */
  applyNetwork: Record<never, never>;
  /** At its `autoReleaseAt`, unless that was changed: stops the instance and takes it away with the disks that go with it. */
  releaseInstance: { instanceId: string };
  /** At its `deletesAt`, unless that was changed: the key is gone for good. */
  deleteKey: { keyId: string };
  /** Frees the volumes of disks whose rows are already gone. */
  deleteVolumes: { volumeIds: string[] };
  /** Attaching → In_use; when it can't be, Available again. */
  attachDisk: { diskId: string };
  /** Detaching → Available. The row names its instance until then. */
  detachDisk: { diskId: string };
  /** Grows a volume to the row's `pendingSizeGib`, which then becomes its size. */
  resizeDisk: { diskId: string };
  /** ReIniting → its former state: the row's new volume is made, the old one freed (ReInitDisk, ResetDisk). `old`: the row's until now. */
  reInitDisk: {
    diskId: string;
    old: {
      volumeId: string;
      baseRoot: string | null;
      baseKmsKeyId: string | null;
      baseIsAway: 0 | 1;
      lastRoot: string | null;
    };
    startInstance: boolean;
  };
  /** Prompt. Freezes all the disks at one moment, then stores each: progressing → accomplished. `imageId`: made Available at the end. */
  createSnapshots: { snapshots: { snapshotId: string; diskId: string }[]; imageId: string | null };
  /** Waiting/Creating → Available from snapshots that exist already. */
  createImage: { imageId: string };
  /** Copies the snapshots' chunks between regions' stores, then makes the image Available. A cancel takes image and snapshots away. */
  copyImage: { imageId: string; disks: { sourceSnapshotId: string; snapshotId: string }[] };
  /** progressing → accomplished, from a snapshot of another region that is complete once it is this job's turn. */
  copySnapshot: { snapshotId: string; sourceSnapshotId: string };
  /** At the end of a snapshot's retention, unless that was changed: deletes it, once nothing holds it. */
  expireSnapshot: { snapshotId: string };
  /** Boots a stored image once, in a machine that is thrown away: Creating → Available or CreateFailed, where it is still being made. */
  proveImage: { imageId: string };
  /** At the end of its days in the recycle bin, unless it was restored: the image is gone for good. */
  purgeImage: { imageId: string };
  /** At a share's end, unless that was changed: takes its row away. It is withdrawn already, by the clock. */
  endImageShare: { imageId: string; accountId: string };
  /** At a time point of an automatic policy, unless that was changed: a snapshot of each of its disks. Enqueues the next. */
  runSnapshotPolicy: { policyId: string };
  /** From a file that the operator named (the CLI's `image import`). A cancel takes image and snapshot away; a pull that fails does, too. */
  importImage: { imageId: string; snapshotId: string; deleteFile: boolean } & ImportSource;
  /** From objects in buckets, each as it was (`etag`) when this was asked for. A cancel takes image and snapshots away. */
  importObjects: {
    imageId: string;
    disks: {
      snapshotId: string;
      bucket: string;
      key: string;
      etag: string;
      format: DiskFormat;
      packing: Packing | null;
      sizeGib: number | null;
    }[];
  };
  /** From a file that the operator named: a disk for the catalogue, of the snapshot's entry or the built-in one. */
  importCatalogueDisk: { snapshotId: string } & ImportSource;
  /** To a file that the operator named; without a format a raw one. */
  exportImage: { imageId: string; path: string; format?: FileFormat };
  /** Snapshots as objects `<name>.<format>`. */
  exportToBucket: { bucket: string; format: ExportFormat; disks: { snapshotId: string; name: string }[] };
  /** Marks from all roots of the region and sweeps what nothing reaches. Ask for it by `requestCollection`. */
  collectGarbage: { regionId: string };
  /** After createSnapshots, however it ended: what held the volumes' old content is let go. `root`: what was recorded. */
  endFreezes: { freezeId: string; volumes: { volumeId: string; committed: { root: string | null } | null }[] };
  /** Pending → Running → how it ended: runs a command, or places a file, in the guest of one instance. */
  runInvocation: { runId: string };
  /** Files that a job no longer needs. */
  deleteFiles: { paths: string[] };
}

export type JobKind = keyof JobInputs;
