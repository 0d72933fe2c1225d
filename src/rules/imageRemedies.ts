import type { Remedy } from './remedy.ts';

/** Of what is done with images themselves; `remedies.ts` has the rest, and says what order means. */
export const imageRemedies: readonly Remedy[] = [
  // Images: deleting, copying, sharing.
  {
    code: 'ImageUseShared',
    rule: 'A shared image is not deleted unless by force: those it is shared with could not make instances from it any more, nor re-initialise theirs.',
    ways: ['unshare'],
  },
  {
    code: 'ImageUsingByInstance',
    rule: 'Instances that were made from an image run on without it, but their system disks can no longer be re-initialised: it is deleted by force only.',
    ways: ['force'],
  },
  { code: 'ImageIsPublic', rule: 'Public images belong to everyone.' },
  { code: 'ImageIsCreating', rule: 'An image that is being made is not deleted.', ways: ['wait'] },
  { code: 'ImageIsImporting', rule: 'An image that is being imported is not deleted.', ways: ['wait'] },
  { code: 'ImageIsExporting', rule: 'An image that is being exported is not deleted.', ways: ['wait'] },
  {
    code: 'OperationDenied.ImageCopying',
    rule: 'Neither the source nor the target of a copy that is under way is deleted.',
    ways: ['wait'],
  },
  {
    code: 'OperationDenied.ImageCopyConflict',
    rule: 'An account copies an image once at a time.',
    ways: ['wait'],
  },
  {
    code: 'OperationDenied.SameRegionOnly',
    rule: 'A shared image is copied within its region only. The copy is your own, and goes anywhere.',
    ways: ['copyIntoOwn'],
  },
  {
    code: 'SizeExceed.Image',
    actions: ['CopyImage'],
    rule: 'An image above 500 GiB is copied once the operator has granted it.',
    advice: 'SubmitTicket with Kind=copy-above-500-gib asks for it; `tongjing ticket grant` grants it.',
  },
  { code: 'Forbbiden', actions: ['CopyImage'], rule: 'Public images are not copied: every region has them.' },
  {
    code: 'OperationDenied.NotAuthorized',
    actions: ['CopyImage'],
    rule: 'Marketplace images are not copied; an image of an instance that runs one is.',
  },
  {
    code: 'IncorrectImageStatus',
    actions: ['CopyImage'],
    rule: 'Only an Available image is copied.',
    ways: ['rightImage'],
  },
  {
    code: 'OperationDenied.InvalidImageStatus',
    rule: 'Only an Available image is shared.',
    ways: ['rightImage'],
  },
  {
    code: 'OperationDenied.SharingBlocked',
    rule: 'An account that blocks sharing shares no image.',
    advice: 'ModifyAccountImageSettings with Sharing=allowed ends that.',
  },
  {
    code: 'InvalidOperation.DeletionProtection',
    actions: ['DeleteImage'],
    rule: 'Deletion protection is there to be taken off first; no Force helps.',
    advice: 'ModifyImageProtection with DeletionProtection=false takes it off.',
  },
  { code: 'Image.Public', rule: 'Public images are everyone’s already.' },
  {
    code: 'OperationDeined.FullImage',
    rule: 'An encrypted image is shared when it is one disk alone.',
    advice: 'Make an image of its system disk’s snapshot alone (CreateImage with SnapshotId), and share that.',
  },
  {
    code: 'InvalidOperation.ServiceKeyEncryptedImageUnsupported',
    rule: 'What the service key encrypts is the account’s alone: an encrypted image is shared when it is under a key of its own.',
    advice: 'Copy it with Encrypted=true and KMSKeyId, a key that KMS made for you (CreateKey), and share the copy.',
  },
  {
    code: 'InvalidImageId.BidMismatch',
    rule: 'What was bought on one site is not shared with accounts of another.',
  },
  {
    code: 'QuotaExceed.ShareImageUser',
    rule: 'An image is shared with 50 accounts at most.',
    ways: ['unshareOne'],
  },
  {
    code: 'QuotaExceed.ShareImage',
    rule: 'An account receives 100 shared images at most.',
    advice: 'Their owner withdraws one that the receiver no longer needs.',
  },
  {
    code: 'QuotaExceed.Image',
    rule: 'An account has 100 custom images in a region at most, unless it was granted more; shared ones do not count.',
    ways: ['deleteAnImage'],
    advice: 'Ask for a higher limit.',
  },

  // Images: exporting.
  {
    code: 'UserNotInTheWhiteList',
    rule: 'An image leaves the service only when the operator has granted it to the account.',
    advice: 'SubmitTicket with Kind=export-image asks for it; `tongjing ticket grant` grants it.',
  },
  {
    code: 'InvalidOSSBucket.NotFound',
    rule: 'An image is exported into a bucket of the account’s own, in the image’s region.',
    advice: 'Make one there, with any OSS or S3 client.',
  },
  {
    code: 'InvalidImageCategory.NotSupported',
    actions: ['ExportImage'],
    rule: 'Only own custom images are exported.',
    ways: ['copyIntoOwn'],
  },
  {
    code: 'ImageNotSupported',
    actions: ['ExportImage'],
    about: 'market',
    rule: 'What was bought in the marketplace, and what was made of it, is not exported.',
  },
  {
    code: 'ImageNotSupported',
    actions: ['ExportImage'],
    about: 'encrypted',
    rule: 'Encrypted images are not exported.',
  },
  {
    code: 'InvalidImageLicense.NotSupported',
    rule: 'Some systems are licensed for this service alone.',
  },
  {
    code: 'IncorrectImageStatus',
    actions: ['ExportImage'],
    rule: 'Only an Available image is exported.',
    ways: ['rightImage'],
  },
];
