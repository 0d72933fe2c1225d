import { model } from '../../../contract/model.ts';
import { deleteAttachment } from '../../../records/tables/cens.ts';
import { ownAction } from '../../action.ts';
import { cenOf, childVpc, needCen, noSuchChild, ownerOf } from '../cen.ts';
import { childFields, REQUIRED_CHILD } from './child.ts';

/** The CEN instance's owner detaches, and the VPC's, who then names the other by `CenOwnerId`. */
export const DetachCenChildInstance = ownAction(
  'Cbn',
  'DetachCenChildInstance',
  {
    request: model({ ...childFields, cenOwnerId: 'number' }),
    response: model({}),
    access: 'write',
    required: REQUIRED_CHILD,
    appliesNetwork: true,
  },
  async (request, call) => {
    const owner = ownerOf(call, request);
    // Whoever has not the VPC is told first of the CEN instance.
    if (owner !== call.accountId) await needCen(call, request.cenId);
    const vpc = await childVpc(call, request, owner);
    if (!vpc || (await cenOf(call, vpc.id)) !== request.cenId) {
      await needCen(call, request.cenId);
      throw noSuchChild(call);
    }
    await deleteAttachment(call.db, vpc.id);
    return {};
  },
);
