import { model } from '../../../contract/model.ts';
import { updateCen } from '../../../records/tables/cens.ts';
import { ownAction } from '../../action.ts';
import { checkCenNames, checkProtectionLevel, needCen } from '../cen.ts';

export const ModifyCenAttribute = ownAction(
  'Cbn',
  'ModifyCenAttribute',
  {
    request: model({ cenId: 'string', name: 'string', description: 'string', protectionLevel: 'string' }),
    response: model({}),
    access: 'write',
    required: ['cenId'],
  },
  async (request, call) => {
    const { id, name, description } = await needCen(call, request.cenId);
    checkCenNames(call, request);
    checkProtectionLevel(call, request.protectionLevel);
    await updateCen(call.db, id, { name: request.name ?? name, description: request.description ?? description });
    return {};
  },
);
