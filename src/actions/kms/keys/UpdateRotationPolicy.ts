import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { changeKey } from './ownKey.ts';
import { readRotation } from './rotation.ts';

/** The policy is kept and shown; see `rotation.ts` for what it does. */
export const UpdateRotationPolicy = ownAction(
  'Kms',
  'UpdateRotationPolicy',
  {
    request: model({
      regionId: 'string',
      keyId: 'string',
      enableAutomaticRotation: 'boolean',
      rotationInterval: 'string',
    }),
    response: model({}),
    access: 'write',
    required: ['keyId', 'enableAutomaticRotation'],
  },
  async (request, call) => {
    const rotationSeconds = readRotation(call, request);
    await changeKey(call, request, 'modify', { rotationSeconds });
    return {};
  },
);
