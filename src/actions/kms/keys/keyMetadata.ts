import { model, type DataOf } from '../../../contract/model.ts';
import { SERVICE, type KmsKeyRow } from '../../../records/tables/kmsKeys.ts';
import { secondsTime } from '../../../rules/times.ts';

export const KeyMetadata = model({
  keyId: 'string',
  arn: 'string',
  creator: 'string',
  creationDate: 'string',
  deleteDate: 'string',
  description: 'string',
  keyState: 'string',
  keyUsage: 'string',
  keySpec: 'string',
  origin: 'string',
  protectionLevel: 'string',
  primaryKeyVersion: 'string',
  materialExpireTime: 'string',
  automaticRotation: 'string',
  rotationInterval: 'string',
  lastRotationDate: 'string',
  deletionProtection: 'string',
  deletionProtectionDescription: 'string',
});

export const arnOf = ({ regionId, accountId, id }: Pick<KmsKeyRow, 'regionId' | 'accountId' | 'id'>): string =>
  `acs:kms:${regionId}:${accountId}:key/${id}`;

export function keyMetadata(row: KmsKeyRow): DataOf<typeof KeyMetadata> {
  return {
    keyId: row.id,
    arn: arnOf(row),
    creator: row.creator,
    creationDate: secondsTime(row.createdAt),
    deleteDate: row.deletesAt === null ? '' : secondsTime(row.deletesAt),
    description: row.description,
    keyState: row.state,
    keyUsage: 'ENCRYPT/DECRYPT',
    keySpec: 'Aliyun_AES_256',
    origin: 'Aliyun_KMS',
    protectionLevel: 'SOFTWARE',
    primaryKeyVersion: row.versionId,
    materialExpireTime: '',
    automaticRotation: row.rotationSeconds === null ? 'Disabled' : 'Enabled',
    rotationInterval: row.rotationSeconds === null ? '' : `${row.rotationSeconds}s`,
    // Its one version is as old as it is.
    lastRotationDate: secondsTime(row.createdAt),
    deletionProtection: row.deletionProtection ? 'Enabled' : 'Disabled',
    deletionProtectionDescription: row.protectionDescription,
  };
}

/** Made for the cloud's own use: who owns the account sees it, and can do nothing with it. */
export const isServiceKey = ({ creator }: KmsKeyRow): boolean => creator === SERVICE;
