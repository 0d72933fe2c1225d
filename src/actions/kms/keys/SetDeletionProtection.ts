import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { checkDescription } from './description.ts';
import { changeKey } from './ownKey.ts';

/** Names the key by its ARN. */
export const SetDeletionProtection = ownAction(
  'Kms',
  'SetDeletionProtection',
  {
    request: model({
      regionId: 'string',
      protectedResourceArn: 'string',
      enableDeletionProtection: 'boolean',
      deletionProtectionDescription: 'string',
    }),
    response: model({}),
    access: 'write',
    required: ['protectedResourceArn', 'enableDeletionProtection'],
  },
  async (request, call) => {
    const { regionId, protectedResourceArn, enableDeletionProtection: isProtected } = request;
    const words = checkDescription(call, 'DeletionProtectionDescription', request.deletionProtectionDescription);
    const named = { keyId: protectedResourceArn, ...(regionId !== undefined && { regionId }) };
    await changeKey(call, named, 'modify', {
      deletionProtection: isProtected ? 1 : 0,
      protectionDescription: isProtected ? words : '',
    });
    return {};
  },
);
