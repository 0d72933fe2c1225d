import type { Action } from '../action.ts';
import { CreateAlias } from './aliases/CreateAlias.ts';
import { DeleteAlias } from './aliases/DeleteAlias.ts';
import { ListAliases } from './aliases/ListAliases.ts';
import { ListAliasesByKeyId } from './aliases/ListAliasesByKeyId.ts';
import { UpdateAlias } from './aliases/UpdateAlias.ts';
import { Decrypt } from './cryptography/Decrypt.ts';
import { Encrypt } from './cryptography/Encrypt.ts';
import { GenerateDataKey } from './cryptography/GenerateDataKey.ts';
import { GenerateDataKeyWithoutPlaintext } from './cryptography/GenerateDataKeyWithoutPlaintext.ts';
import { CancelKeyDeletion } from './keys/CancelKeyDeletion.ts';
import { CreateKey } from './keys/CreateKey.ts';
import { DescribeKey } from './keys/DescribeKey.ts';
import { DisableKey } from './keys/DisableKey.ts';
import { EnableKey } from './keys/EnableKey.ts';
import { ListKeys } from './keys/ListKeys.ts';
import { ScheduleKeyDeletion } from './keys/ScheduleKeyDeletion.ts';
import { SetDeletionProtection } from './keys/SetDeletionProtection.ts';
import { UpdateKeyDescription } from './keys/UpdateKeyDescription.ts';
import { UpdateRotationPolicy } from './keys/UpdateRotationPolicy.ts';
import { DescribeRegions } from './regions/DescribeRegions.ts';
import { ListResourceTags } from './tags/ListResourceTags.ts';
import { ListTagResources } from './tags/ListTagResources.ts';
import { TagResource } from './tags/TagResource.ts';
import { TagResources } from './tags/TagResources.ts';
import { UntagResource } from './tags/UntagResource.ts';
import { UntagResources } from './tags/UntagResources.ts';

/** The table's part for KMS. */
export const kmsActions: readonly Action[] = [
  CancelKeyDeletion,
  CreateAlias,
  CreateKey,
  Decrypt,
  DeleteAlias,
  DescribeKey,
  DescribeRegions,
  DisableKey,
  EnableKey,
  Encrypt,
  GenerateDataKey,
  GenerateDataKeyWithoutPlaintext,
  ListAliases,
  ListAliasesByKeyId,
  ListKeys,
  ListResourceTags,
  ListTagResources,
  ScheduleKeyDeletion,
  SetDeletionProtection,
  TagResource,
  TagResources,
  UntagResource,
  UntagResources,
  UpdateAlias,
  UpdateKeyDescription,
  UpdateRotationPolicy,
];
