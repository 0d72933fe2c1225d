import { model } from '../../../contract/model.ts';
import { ownAction } from '../../action.ts';
import { changeKey } from './ownKey.ts';

/** What is encrypted under it can't be opened until it is enabled again; disks that are open keep serving. */
export const DisableKey = ownAction(
  'Kms',
  'DisableKey',
  {
    request: model({ regionId: 'string', keyId: 'string' }),
    response: model({}),
    access: 'write',
    required: ['keyId'],
  },
  async (request, call) => {
    await changeKey(call, request, 'disable', { state: 'Disabled' });
    return {};
  },
);
