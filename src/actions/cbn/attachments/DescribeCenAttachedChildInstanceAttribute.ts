import { model } from '../../../contract/model.ts';
import { attachedTo } from '../../../records/tables/cens.ts';
import { ownAction } from '../../action.ts';
import { needCen, noSuchChild, ownerOf, shownChild } from '../cen.ts';
import { Child, childFields, REQUIRED_CHILD } from './child.ts';

export const DescribeCenAttachedChildInstanceAttribute = ownAction(
  'Cbn',
  'DescribeCenAttachedChildInstanceAttribute',
  {
    request: model(childFields),
    response: model({ ...Child.fields, childInstanceName: 'string' }),
    access: 'read',
    required: REQUIRED_CHILD,
  },
  async (request, call) => {
    const { id } = await needCen(call, request.cenId);
    ownerOf(call, request);
    const vpc = (await attachedTo(call.db, id)).find(({ id: vpcId }) => vpcId === request.childInstanceId);
    if (vpc?.regionId !== request.childInstanceRegionId) throw noSuchChild(call);
    return { ...shownChild(vpc), childInstanceName: vpc.name };
  },
);
