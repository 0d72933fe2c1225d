import { isBucketName } from '../../rules/objectNames.ts';
import { findRegion } from '../../rules/regions.ts';
import {
  changeBucket,
  countBuckets,
  deleteBucket as removeBucket,
  findBucket,
  insertBucket,
  listBuckets as findBuckets,
  type Acl,
  type BucketRow,
} from '../../records/tables/buckets.ts';
import { listObjects } from '../../records/tables/objects.ts';
import { listUploads } from '../../records/tables/uploads.ts';
import { readXmlBody } from '../body.ts';
import { objectFault } from '../faults.ts';
import { aclOf, storageClassOf } from '../objectFields.ts';
import type { Founding, Operation } from '../operation.ts';
import type { ObjectCall } from '../parts.ts';
import { parseXml, textIn, xmlAnswer } from '../xml.ts';

const MAX_BUCKETS = 100;
const DEFAULT_REGION_ID = 'cn-hangzhou';
const LIST_MOST = 1000;

const extranet = (regionId: string) => `oss-${regionId}.aliyuncs.com`;
const time = (ms: number) => new Date(ms).toISOString();

export const listBuckets: Founding = {
  action: 'ListBuckets',
  method: 'GET',
  on: 'service',
  right: 'account',
  async run(call) {
    const { account, parameters, parts, dialect } = call;
    const most = Number(parameters.get('max-keys') ?? 100);
    if (!Number.isInteger(most) || most < 1 || most > LIST_MOST) throw objectFault('InvalidArgument', 'max-keys.');
    const prefix = parameters.get('prefix') ?? '';
    const marker = parameters.get('marker') ?? '';
    const place = { accountId: account!.id, prefix, marker, limit: most + 1 };
    const rows = await findBuckets(parts.database.read, place);
    const shown = rows.slice(0, most);
    const owner = { ID: account!.id, DisplayName: account!.id };
    return xmlAnswer(dialect, 'ListAllMyBucketsResult', {
      ...(dialect === 'oss' && {
        Prefix: prefix,
        Marker: marker,
        MaxKeys: most,
        IsTruncated: rows.length > most,
        ...(rows.length > most && { NextMarker: shown.at(-1)!.name }),
      }),
      Owner: owner,
      Buckets: {
        Bucket: shown.map(({ name, regionId, createdAt, storageClass }) => ({
          Name: name,
          CreationDate: time(createdAt),
          ...(dialect === 'oss' && {
            Location: `oss-${regionId}`,
            Region: regionId,
            StorageClass: storageClass,
            ExtranetEndpoint: extranet(regionId),
            IntranetEndpoint: extranet(`${regionId}-internal`),
          }),
        })),
      },
    });
  },
};

/** One that the caller has already is made again in peace: clients create what they are about to use. */
export const createBucket: Founding = {
  action: 'PutBucket',
  method: 'PUT',
  on: 'bucket',
  right: 'account',
  async run(call) {
    const { bucket: name, account, parts } = call;
    if (!isBucketName(name)) throw objectFault('InvalidBucketName');
    const acl = aclOf(call, 'private');
    if (acl === 'default') throw objectFault('InvalidArgument', 'A bucket has an ACL of its own.');
    const body = await readXmlBody(call);
    const wanted = body === '' ? {} : parseXml(body, 'CreateBucketConfiguration');
    const regionId = regionOf(call, textIn(wanted, 'LocationConstraint'));
    const storageClass = textIn(wanted, 'StorageClass') ?? storageClassOf(call) ?? 'Standard';
    await parts.database.write(async (tx) => {
      const found = await findBucket(tx, name);
      if (found && found.accountId !== account!.id) throw objectFault('BucketAlreadyExists');
      if (found) return changeBucket(tx, name, { acl: (call.own('acl') as Acl | undefined) ?? found.acl });
      if ((await countBuckets(tx, account!.id)) >= MAX_BUCKETS) throw objectFault('TooManyBuckets');
      const createdAt = parts.clock.now();
      await insertBucket(tx, { name, accountId: account!.id, regionId, acl, storageClass, settings: '{}', createdAt });
    });
    return { status: 200, headers: { location: `/${name}` } };
  },
};

/** S3 clients name regions that are none here (`us-east-1`): those go to the default one. */
function regionOf({ regionId, dialect }: ObjectCall, wanted: string | undefined): string {
  const named = wanted?.replace(/^oss-/, '') || regionId || DEFAULT_REGION_ID;
  if (findRegion(named)) return named;
  if (dialect === 'oss') throw objectFault('InvalidLocationConstraint');
  return DEFAULT_REGION_ID;
}

export const headBucket: Operation = {
  action: 'GetBucketInfo',
  method: 'HEAD',
  on: 'bucket',
  right: 'read',
  run: async ({ dialect }, { regionId }) => ({
    status: 200,
    headers: { [dialect === 'oss' ? 'x-oss-bucket-region' : 'x-amz-bucket-region']: regionId },
  }),
};

export const deleteBucket: Operation = {
  action: 'DeleteBucket',
  method: 'DELETE',
  on: 'bucket',
  right: 'owner',
  async run({ parts }, { name }) {
    await parts.database.write(async (tx) => {
      const [object] = await listObjects(tx, { bucket: name, prefix: '', after: '', limit: 1 });
      const [upload] = await listUploads(tx, { bucket: name, prefix: '', after: { key: '', id: '' }, limit: 1 });
      if (object || upload) throw objectFault('BucketNotEmpty');
      await removeBucket(tx, name);
    });
    return { status: 204 };
  },
};

export const getBucketInfo: Operation = {
  action: 'GetBucketInfo',
  method: 'GET',
  on: 'bucket',
  with: ['bucketInfo'],
  right: 'owner',
  run: async ({ dialect }, bucket) => xmlAnswer(dialect, 'BucketInfo', { Bucket: describe(bucket) }),
};

function describe({ name, accountId, regionId, acl, storageClass, createdAt }: BucketRow) {
  return {
    Name: name,
    CreationDate: time(createdAt),
    Location: `oss-${regionId}`,
    ExtranetEndpoint: extranet(regionId),
    IntranetEndpoint: extranet(`${regionId}-internal`),
    StorageClass: storageClass,
    DataRedundancyType: 'LRS',
    AccessMonitor: 'Disabled',
    TransferAcceleration: 'Disabled',
    CrossRegionReplication: 'Disabled',
    BlockPublicAccess: false,
    Comment: '',
    Owner: { ID: accountId, DisplayName: accountId },
    AccessControlList: { Grant: acl },
    ServerSideEncryptionRule: { SSEAlgorithm: 'None' },
    BucketPolicy: { LogBucket: '', LogPrefix: '' },
  };
}

export const getBucketLocation: Operation = {
  action: 'GetBucketLocation',
  method: 'GET',
  on: 'bucket',
  with: ['location'],
  right: 'owner',
  async run({ dialect }, { regionId }) {
    const text = dialect === 'oss' ? `oss-${regionId}` : regionId;
    const { headers, body } = xmlAnswer(dialect, 'LocationConstraint', {});
    return { status: 200, headers: headers!, body: (body as string).replace('></', `>${text}</`) };
  },
};
