import type { ApiError } from '../../../contract/errors.ts';
import { model } from '../../../contract/model.ts';
import { listKeys } from '../../../records/tables/kmsKeys.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { saveTags } from '../../tags.ts';
import { placeOf } from '../place.ts';
import { readTagsJson } from '../tags/tagsJson.ts';
import { checkDescription } from './description.ts';
import { KeyMetadata, keyMetadata } from './keyMetadata.ts';
import { newKey } from './newKey.ts';
import { readRotation } from './rotation.ts';

/** Symmetric keys with material made here. Others are refused by name: asymmetric ones, those of SM4, and those that are imported. */
export const CreateKey = ownAction(
  'Kms',
  'CreateKey',
  {
    request: model({
      regionId: 'string',
      description: 'string',
      keySpec: 'string',
      keyUsage: 'string',
      origin: 'string',
      protectionLevel: 'string',
      enableAutomaticRotation: 'boolean',
      rotationInterval: 'string',
      tags: 'string',
    }),
    response: model({ keyMetadata: KeyMetadata }),
    access: 'write',
  },
  async (request, call) => {
    const { accountId, regionId } = placeOf(call, request);
    const { keySpec = 'Aliyun_AES_256', keyUsage = 'ENCRYPT/DECRYPT', origin = 'Aliyun_KMS' } = request;
    if (keySpec !== 'Aliyun_AES_256') throw unsupported(call, `A key of ${keySpec}`);
    if (keyUsage !== 'ENCRYPT/DECRYPT') throw unsupported(call, `A key for ${keyUsage}`);
    if (origin !== 'Aliyun_KMS') throw unsupported(call, `A key of origin ${origin}`);
    const { protectionLevel = 'SOFTWARE' } = request;
    if (protectionLevel !== 'SOFTWARE') throw unsupported(call, `Protection by ${protectionLevel}`);
    const description = checkDescription(call, 'Description', request.description);
    const rotationSeconds = readRotation(call, request);
    const tags = readTagsJson(call, request.tags);
    const { total } = await listKeys(call.db, { accountId, regionId }, { offset: 0, size: 1 }, call.clock.now());
    if (total >= (await call.quota('kmsKeys'))) throw call.error('Rejected.LimitExceeded');
    const row = await newKey(call, { accountId, regionId, creator: accountId, description, rotationSeconds });
    await saveTags(call, { resourceType: 'key', resourceId: row.id, regionId }, tags);
    return { keyMetadata: keyMetadata(row) };
  },
);

const unsupported = (call: Call, what: string): ApiError =>
  call.error('Rejected.UnsupportedOperation', { hint: `${what} is not to be had here.` });
