import { model } from '../../../contract/model.ts';
import { insertCen } from '../../../records/tables/cens.ts';
import { isResourceGroupId } from '../../../rules/names.ts';
import { ownAction } from '../../action.ts';
import { checkCenNames, checkProtectionLevel, invalid } from '../cen.ts';

/** It is there at once: `Active` from the first look on. */
export const CreateCen = ownAction(
  'Cbn',
  'CreateCen',
  {
    request: model({ name: 'string', description: 'string', protectionLevel: 'string', resourceGroupId: 'string' }),
    response: model({ cenId: 'string' }),
    access: 'write',
  },
  async (request, call) => {
    checkCenNames(call, request);
    checkProtectionLevel(call, request.protectionLevel);
    const { resourceGroupId = '' } = request;
    if (resourceGroupId !== '' && !isResourceGroupId(resourceGroupId)) throw invalid(call, 'ResourceGroupId');
    const id = call.ids.resource('cen', '');
    await insertCen(call.db, {
      id,
      accountId: call.accountId,
      name: request.name ?? '',
      description: request.description ?? '',
      protectionLevel: 'REDUCED',
      resourceGroupId,
      createdAt: call.clock.now(),
    });
    return { cenId: id };
  },
);
