import { imageRemedies } from './imageRemedies.ts';
import type { Remedy } from './remedy.ts';

/**
 * Why an action refuses, and what makes it possible: the official code with the rule behind it in a sentence, and the way round. The
 * planner (`Explain`) looks refusals up here; whether an action refuses is the action's own business.
 */

const OWN_OR_NONE =
  'An account reaches what it owns, and what is public or shared with it, under an id of that region; nothing else exists for it.';
const BUSY = 'One job at a time works on a resource: what it is in the middle of has to end first.';
const CONTENT_IN_USE = 'While a snapshot of a disk is being made, nothing may change or remove what it holds.';

const KEY_SHUT = 'What is encrypted is opened only while its key is Enabled.';
const ENABLE_KEY =
  'Whose key it is enables it: EnableKey of KMS; one that is pending deletion by CancelKeyDeletion. Its owner alone can do so.';

/** The first that fits is taken: particular ones stand before general ones. */
export const remedies: readonly Remedy[] = [
  // What there is.
  {
    code: 'InvalidImageId.NotFound',
    about: 'AllowedPublishers',
    rule: 'Of other accounts’ images only those of the publishers that the account allows are there.',
    advice: 'Add its owner to the list: ModifyAccountImageSettings with every AllowedPublisher.',
  },
  {
    code: 'InvalidImageId.NotFound',
    about: 'AcceptImageShare',
    rule: 'An account that decides about what others share with it uses an image once it has accepted it.',
    advice: 'Accept it: AcceptImageShare.',
  },
  {
    code: 'InvalidImageId.NotFound',
    actions: ['RunInstances', 'ReplaceSystemDisk'],
    rule: 'An image works in its own region only, for its owner and for those it is shared with.',
    ways: ['copyHere'],
  },
  {
    code: 'InvalidImageId.NotFound',
    actions: ['ModifyImageSharePermission'],
    rule: 'Only own custom images can be shared; one that others share cannot be passed on, but a copy of it is your own.',
    ways: ['nameItsRegion', 'copyIntoOwn'],
  },
  {
    code: 'InvalidImageId.NotFound',
    actions: ['DeleteImage'],
    rule: 'Only own custom images can be deleted, and once: public, marketplace and shared ones are not the account’s.',
    ways: ['nameItsRegion'],
  },
  { code: 'InvalidImageId.NotFound', rule: OWN_OR_NONE, ways: ['nameItsRegion'] },
  { code: 'InvalidInstanceId.NotFound', rule: OWN_OR_NONE, ways: ['nameItsRegion'] },
  { code: 'InvalidSnapshotId.NotFound', rule: OWN_OR_NONE, ways: ['nameItsRegion'] },
  {
    code: 'InvalidDiskId.NotFound',
    actions: ['ResetDisk'],
    rule: 'A snapshot rolls back the disk that it was taken of, as long as the account has it.',
    advice: 'Make a new disk from it: CreateDisk with SnapshotId.',
  },
  { code: 'InvalidDiskId.NotFound', rule: OWN_OR_NONE },

  // Keys.
  { code: 'InvalidParameter.KMSKeyId.CMKNotEnabled', rule: KEY_SHUT, advice: ENABLE_KEY },
  { code: 'InvalidParameter.KMSKeyId.KMSUnauthorized', rule: KEY_SHUT, advice: ENABLE_KEY },
  { code: 'InvalidAccount.NotFound', rule: 'An image is shared with accounts by their 16-digit ids.' },
  { code: 'InvalidAccount.Forbbiden', rule: 'An image is its owner’s already: it is shared with others.' },
  { code: 'SourceRegion.NotFound', rule: 'There is no such region.' },
  { code: 'DestinationRegion.NotFound', rule: 'There is no such region.' },
  {
    code: 'UnsupportedOperation',
    rule: 'This service does not have the action; it says so instead of pretending.',
  },

  ...imageRemedies,

  // Snapshots.
  {
    code: 'SnapshotCreatedImage',
    rule: 'A snapshot that images are made of stays as long as they do.',
    ways: ['deleteImagesOfSnapshot'],
    advice: 'An image in the recycle bin ends with PurgeImage.',
  },
  {
    code: 'SnapshotCreatedDisk',
    rule: 'Disks that were made from a snapshot can no longer be re-initialised without it: it is deleted by force only.',
    ways: ['force'],
  },
  { code: 'InvalidSnapshotId.NotReady', rule: 'Only an accomplished snapshot is used.', ways: ['wait'] },
  {
    code: 'InvalidParameter.Mismatch',
    actions: ['ResetDisk'],
    rule: 'A snapshot rolls back the disk that it was taken of, and no other.',
    advice: 'Make a new disk from it: CreateDisk with SnapshotId.',
  },
  {
    code: 'OperationDenied',
    actions: ['CreateImage'],
    about: 'not from system disk',
    rule: 'An image boots from a system disk: one is made of a system disk’s snapshot, to which snapshots of data disks can be added.',
    advice: 'Name the system disk’s snapshot, and this one as a DiskDeviceMapping beside it.',
  },
  { code: 'IncorrectDiskStatus.CreatingSnapshot', rule: 'One snapshot of a disk at a time.', ways: ['wait'] },
  {
    code: 'IncorrectDiskStatus.NeverAttached',
    rule: 'A disk that no instance ever had holds nothing to take a snapshot of.',
    ways: ['attachSomewhere'],
    advice: 'Attach it to an instance of its zone.',
  },
  {
    code: 'QuotaExceed.Snapshot',
    rule: 'A disk has 256 manual snapshots at most.',
    ways: ['deleteOldestSnapshot'],
  },

  // Disks.
  {
    code: 'DiskStillAttached',
    rule: 'A disk is deleted once no instance has it.',
    ways: ['detach'],
  },
  {
    code: 'InvalidDisk.InUse',
    rule: 'A disk is attached to one instance at a time.',
    ways: ['detach'],
  },
  { code: 'InvalidDisk.AlreadyDetached', rule: 'No instance has the disk.' },
  {
    code: 'MissingInstanceId',
    actions: ['DetachDisk'],
    rule: 'A disk is detached from the instance that has it, and none has this one.',
  },
  {
    code: 'DependencyViolation',
    actions: ['DetachDisk'],
    rule: 'A disk is detached from the instance that has it.',
    ways: ['nameItsInstance'],
  },
  {
    code: 'DiskTypeViolation',
    rule: 'A system disk is detached from a stopped instance only.',
    ways: ['stopIt'],
  },
  {
    code: 'ResourcesNotInSameZone',
    rule: 'A disk is attached to instances of its own zone. Its content goes to another zone by a snapshot.',
    ways: ['copyIntoZone'],
  },
  {
    code: 'InstanceDiskLimitExceeded',
    rule: 'An instance has 16 data disks at most.',
    advice: 'Detach one first.',
  },
  {
    code: 'InvalidInstanceType.NotSupportDiskCategory',
    rule: 'Not every instance type takes every category of disk.',
    advice: 'Make a disk of a category that the type takes, from a snapshot.',
  },
  {
    code: 'DiskCategory.OperationNotSupported',
    rule: 'Local disks have no snapshots.',
  },
  {
    code: 'SharedImageDeleted',
    rule: 'A system disk is re-initialised from its image, which is no longer shared with you, or deleted.',
    advice: 'Replace the system disk with another image.',
  },
  {
    code: 'InvalidDiskId.OperationNotSupported',
    actions: ['ReInitDisk'],
    rule: 'A system disk is re-initialised from its image, which is deleted.',
    advice: 'Replace the system disk with another image.',
  },
  {
    code: 'InvalidSourceSnapshot',
    rule: 'A data disk that was made from a snapshot is re-initialised from it, and it is deleted.',
  },
  { code: 'DiskCreatingSnapshot', rule: CONTENT_IN_USE, ways: ['wait'] },
  { code: 'IncorrectDiskStatus.HasUnfinishedSnapshot', rule: CONTENT_IN_USE, ways: ['wait'] },
  { code: 'InvalidOperation.DiskResetInProgress', rule: BUSY, ways: ['wait'] },
  { code: 'InvalidOperation.DiskDetachingFromThisEcs', rule: BUSY, ways: ['wait'] },
  { code: 'IncorrectDiskStatus.Initializing', rule: BUSY, ways: ['wait'] },
  {
    code: 'IncorrectDiskStatus',
    actions: ['ReInitDisk', 'ReplaceSystemDisk'],
    rule: 'The disk has to be attached to an instance.',
    ways: ['wait', 'attachSomewhere'],
  },
  { code: 'IncorrectDiskStatus', rule: BUSY, ways: ['wait'] },

  // Instances.
  {
    code: 'OperationDenied',
    actions: ['ReplaceSystemDisk'],
    about: 'snapshot of the data disk',
    rule: 'A system disk is replaced by an image that holds a system disk alone.',
    ways: ['systemDiskOnly'],
  },
  {
    code: 'OperationDenied.ImageNotValid',
    rule: 'Instances are made from Available images, and by id from Deprecated ones.',
    ways: ['rightImage'],
  },
  {
    code: 'QuotaExceed.BuyImage',
    rule: 'A marketplace image is bought before it is used.',
  },
  {
    code: 'ImageNotSupportInstanceType',
    rule: 'An image boots on instance types of its architecture, boot mode and drivers.',
    advice: 'Choose another instance type: DescribeImageSupportInstanceTypes.',
  },
  {
    code: 'IoOptimized.NotSupported',
    about: 'image is not support',
    rule: 'The image has no drivers for I/O-optimised instances.',
    advice: 'Install them on an instance that is not I/O-optimised, and make a new image of it.',
  },
  {
    code: 'InvalidSecurityGroupId',
    actions: ['RunInstances'],
    rule: 'An instance stands in a vSwitch, and in a security group of its VPC.',
    ways: ['makeNetwork'],
  },
  {
    code: 'InvalidOperation.DeletionProtection',
    actions: ['DeleteInstance'],
    rule: 'Deletion protection is there to be taken off first.',
    ways: ['unprotect'],
  },
  {
    code: 'ChargeTypeViolation',
    actions: ['DeleteInstance'],
    rule: 'A subscription instance is released once it has expired.',
  },
  {
    code: 'IncorrectInstanceStatus.NeedRestart',
    rule: 'The guest has not seen a disk that was attached while it was stopped: an image of it would not either.',
    ways: ['startIt'],
  },
  {
    code: 'InvalidInstance.NotFoundSystemDisk',
    rule: 'An instance without a system disk does not boot.',
    advice: 'Attach one first: AttachDisk with Bootable=true.',
  },
  { code: 'OperationDenied.InstanceCreating', rule: BUSY, ways: ['wait'] },
  { code: 'IncorrectInstanceStatus.Initializing', rule: BUSY, ways: ['wait'] },
  {
    code: 'IncorrectInstanceStatus',
    actions: ['StartInstance'],
    rule: 'Only a Stopped instance is started, when no job works on its disks.',
    ways: ['wait'],
  },
  {
    code: 'IncorrectInstanceStatus',
    actions: ['StopInstance'],
    rule: 'Only a Running instance is stopped.',
    ways: ['wait'],
  },
  {
    code: 'IncorrectInstanceStatus',
    actions: ['DeleteInstance', 'ReplaceSystemDisk', 'ResetDisk', 'ReInitDisk', 'AttachDisk'],
    rule: 'The instance has to be Stopped, and to have been started once where its disk is re-initialised.',
    ways: ['stopIt'],
  },
  { code: 'IncorrectInstanceStatus', rule: BUSY, ways: ['wait'] },
];

/** Action parameters' own faults have no entry: their messages say what is wrong. */
export function findRemedy(action: string, code: string, message: string): Remedy | undefined {
  return remedies.find(
    (remedy) =>
      remedy.code === code &&
      (remedy.actions?.includes(action) ?? true) &&
      (remedy.about === undefined || message.includes(remedy.about)),
  );
}
