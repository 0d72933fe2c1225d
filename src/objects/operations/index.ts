import type { Founding, Operation } from '../operation.ts';
import { createBucket, deleteBucket, getBucketInfo, getBucketLocation, headBucket, listBuckets } from './buckets.ts';
import { copyObject } from './copyObject.ts';
import { deleteObject, deleteObjects } from './deleteObjects.ts';
import { listBucket } from './listing.ts';
import { abortUpload, completeUpload, initiateUpload, uploadPart, uploadPartCopy } from './multipart.ts';
import { getObject, getObjectMeta, headObject } from './objects.ts';
import { appendObject, putObject } from './putObject.ts';
import { bucketSettings, getBucketAcl, objectSettings, putBucketAcl } from './settings.ts';
import { absentSettings } from './absentSettings.ts';
import { listMultipartUploads, listParts } from './uploads.ts';

/** THE table: the first whose method, target, parameters and header a request has is the one that it means. */
export const operations: readonly (Operation | Founding)[] = [
  listBuckets,
  getBucketInfo,
  getBucketLocation,
  getBucketAcl,
  putBucketAcl,
  ...bucketSettings,
  ...absentSettings,
  listMultipartUploads,
  deleteObjects,
  ...objectSettings,
  initiateUpload,
  uploadPartCopy,
  uploadPart,
  completeUpload,
  abortUpload,
  listParts,
  appendObject,
  copyObject,
  getObjectMeta,
  createBucket,
  headBucket,
  deleteBucket,
  listBucket,
  putObject,
  getObject,
  headObject,
  deleteObject,
];

/** Parameters that mean an operation of its own: where none of the table has them, it is one that is not built. */
export const SUB_RESOURCES = new Set(
  (
    'accelerate accessPoint accessPointPolicy acl analytics append archiveDirectRead asyncFetch attributes bucketInfo callback cname comp cors delete encryption ' +
    'httpsConfig img inventory legal-hold lifecycle link live location logging metaQuery metadataTable metrics notification object-lock objectMeta ownershipControls partNumber ' +
    'policy policyStatus processConfiguration publicAccessBlock qos referer replication replicationLocation replicationProgress requestPayment resourceGroup responseHeader ' +
    'restore retention select select-type stat style symlink tagging torrent transferAcceleration uploadId uploads userDefinedLogFieldsConfig versioning versions vod website worm'
  ).split(' '),
);
