/** What one should know before an action is done, by action: the planner (`Explain`) states it. */
export const risks: Readonly<Record<string, readonly string[]>> = {
  ReplaceSystemDisk: [
    'The old system disk is released with all that is on it: take a snapshot of it first (CreateSnapshot), and make an image of that to go back.',
    'The new system disk has another id: tell what names the old one, such as scripts and Terraform state.',
    'Snapshots of the old system disk cannot roll back the new one; images and disks can be made of them.',
    'The instance is down from when it is stopped until it is started again on the new disk.',
  ],
  ReInitDisk: [
    'All that was written to the disk since it was made is gone: take a snapshot of it first (CreateSnapshot).',
    'The instance is down from when it is stopped until it is started again.',
  ],
  ResetDisk: [
    'All that was written to the disk since the snapshot is gone: take another snapshot first (CreateSnapshot).',
    'The instance is down from when it is stopped until it is started again.',
  ],
  DeleteDisk: ['All that is on the disk is gone: take a snapshot of it first (CreateSnapshot).'],
  DeleteInstance: ['Disks that go with the instance are gone with all that is on them: take snapshots of them first.'],
  DeleteImage: [
    'System disks that were made from the image, by its owner and by those it was shared with, can no longer be re-initialised.',
  ],
  DeleteSnapshot: ['The snapshot is gone for good: its disk can no longer be rolled back to it.'],
  DetachDisk: ['What the guest has not written yet is lost: unmount the disk in the guest first.'],
  StopInstance: ['What runs on the instance is down until it is started again.'],
  ModifyImageSharePermission: [
    'All that is on the image’s disks is the receiver’s to read, forgotten passwords and keys too.',
    'Copies and instances that the receiver makes stay when the image is withdrawn.',
  ],
  CopyImage: ['The copy takes storage of its own in its region; what travels between regions is metered.'],
  CopySnapshot: ['The copy takes storage of its own in its region; what travels between regions is metered.'],
};
