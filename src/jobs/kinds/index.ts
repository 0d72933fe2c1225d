import type { JobTable } from '../job.ts';
import { applyNetwork } from './applyNetwork.ts';
import { attachDisk } from './attachDisk.ts';
import { collectGarbage } from './collectGarbage.ts';
import { copyImage } from './copyImage.ts';
import { copySnapshot } from './copySnapshot.ts';
import { createDisks } from './createDisks.ts';
import { createImage } from './createImage.ts';
import { createInstance } from './createInstance.ts';
import { createSnapshots } from './createSnapshots.ts';
import { deleteFiles } from './deleteFiles.ts';
import { deleteKey } from './deleteKey.ts';
import { deleteVolumes } from './deleteVolumes.ts';
import { detachDisk } from './detachDisk.ts';
import { endFreezes } from './endFreezes.ts';
import { endImageShare } from './endImageShare.ts';
import { endMachine } from './endMachine.ts';
import { expireSnapshot } from './expireSnapshot.ts';
import { exportImage } from './exportImage.ts';
import { exportToBucket } from './exportToBucket.ts';
import { importCatalogueDisk } from './importCatalogueDisk.ts';
import { importImage } from './importImage.ts';
import { importObjects } from './importObjects.ts';
import { proveImage } from './proveImage.ts';
import { purgeImage } from './purgeImage.ts';
import { machineEnded } from './machineEnded.ts';
import { moveEip } from './moveEip.ts';
import { readdressMachine } from './readdressMachine.ts';
import { reInitDisk } from './reInitDisk.ts';
import { rebootInstance } from './rebootInstance.ts';
import { releaseInstance } from './releaseInstance.ts';
import { resizeDisk } from './resizeDisk.ts';
import { runInvocation } from './runInvocation.ts';
import { runSnapshotPolicy } from './runSnapshotPolicy.ts';
import { setVncPassword } from './setVncPassword.ts';
import { startInstance } from './startInstance.ts';
import { stopInstance } from './stopInstance.ts';

/** THE table of job kinds. */
export const kinds: JobTable = {
  applyNetwork,
  attachDisk,
  collectGarbage,
  copyImage,
  copySnapshot,
  createDisks,
  createImage,
  createInstance,
  createSnapshots,
  deleteFiles,
  deleteKey,
  deleteVolumes,
  detachDisk,
  endFreezes,
  endImageShare,
  endMachine,
  expireSnapshot,
  exportImage,
  exportToBucket,
  importCatalogueDisk,
  importImage,
  importObjects,
  proveImage,
  purgeImage,
  machineEnded,
  moveEip,
  readdressMachine,
  setVncPassword,
  reInitDisk,
  rebootInstance,
  releaseInstance,
  resizeDisk,
  runInvocation,
  runSnapshotPolicy,
  startInstance,
  stopInstance,
};
