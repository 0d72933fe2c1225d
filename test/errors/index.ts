import { AttachDisk } from './AttachDisk.ts';
import { CopyImage } from './CopyImage.ts';
import type { Coverage } from './coverage.ts';
import { CreateDisk } from './CreateDisk.ts';
import { CreateImage } from './CreateImage.ts';
import { CreateSnapshot } from './CreateSnapshot.ts';
import { DeleteImage } from './DeleteImage.ts';
import { DeleteSnapshot } from './DeleteSnapshot.ts';
import { DetachDisk } from './DetachDisk.ts';
import { ModifyImageSharePermission } from './ModifyImageSharePermission.ts';
import { ReplaceSystemDisk } from './ReplaceSystemDisk.ts';
import { ResetDisk } from './ResetDisk.ts';

/** By action. docs/generate.ts reads the keys and the reasons. */
export const coverage: Readonly<Record<string, Coverage>> = {
  AttachDisk,
  CopyImage,
  CreateDisk,
  CreateImage,
  CreateSnapshot,
  DeleteImage,
  DeleteSnapshot,
  DetachDisk,
  ModifyImageSharePermission,
  ReplaceSystemDisk,
  ResetDisk,
};
