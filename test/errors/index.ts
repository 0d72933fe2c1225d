import { AttachDisk } from './AttachDisk.ts';
import { CancelCopyImage } from './CancelCopyImage.ts';
import { CopyImage } from './CopyImage.ts';
import { CopySnapshot } from './CopySnapshot.ts';
import type { Coverage } from './coverage.ts';
import { CreateDisk } from './CreateDisk.ts';
import { CreateImage } from './CreateImage.ts';
import { CreateSnapshot } from './CreateSnapshot.ts';
import { DeleteDisk } from './DeleteDisk.ts';
import { DeleteImage } from './DeleteImage.ts';
import { DeleteInstance } from './DeleteInstance.ts';
import { DeleteSnapshot } from './DeleteSnapshot.ts';
import { DescribeImages } from './DescribeImages.ts';
import { DescribeImageSharePermission } from './DescribeImageSharePermission.ts';
import { DescribeSnapshots } from './DescribeSnapshots.ts';
import { DetachDisk } from './DetachDisk.ts';
import { ExportImage } from './ExportImage.ts';
import { ImportImage } from './ImportImage.ts';
import { ModifyImageAttribute } from './ModifyImageAttribute.ts';
import { ModifyImageSharePermission } from './ModifyImageSharePermission.ts';
import { ModifySnapshotAttribute } from './ModifySnapshotAttribute.ts';
import { ReInitDisk } from './ReInitDisk.ts';
import { ReplaceSystemDisk } from './ReplaceSystemDisk.ts';
import { ResetDisk } from './ResetDisk.ts';
import { ResizeDisk } from './ResizeDisk.ts';

/** By action. docs/generate.ts reads the keys and the reasons. */
export const coverage: Readonly<Record<string, Coverage>> = {
  AttachDisk,
  CancelCopyImage,
  CopyImage,
  CopySnapshot,
  CreateDisk,
  CreateImage,
  CreateSnapshot,
  DeleteDisk,
  DeleteImage,
  DeleteInstance,
  DeleteSnapshot,
  DescribeImageSharePermission,
  DescribeImages,
  DescribeSnapshots,
  DetachDisk,
  ExportImage,
  ImportImage,
  ModifyImageAttribute,
  ModifyImageSharePermission,
  ModifySnapshotAttribute,
  ReInitDisk,
  ReplaceSystemDisk,
  ResetDisk,
  ResizeDisk,
};
