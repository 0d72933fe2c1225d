import { model } from '../../../contract/model.ts';
import { hasGrant, insertAttachment } from '../../../records/tables/cens.ts';
import { parseCidr } from '../../../rules/cidr.ts';
import { ownAction } from '../../action.ts';
import { cenOf, childVpc, invalid, needCen, noSuchChild, overlapWith, ownerOf } from '../cen.ts';
import { childFields, REQUIRED_CHILD } from './child.ts';

/** From here on the VPC's guests reach those of the others that are attached. */
export const AttachCenChildInstance = ownAction(
  'Cbn',
  'AttachCenChildInstance',
  {
    request: model(childFields),
    response: model({}),
    access: 'write',
    required: REQUIRED_CHILD,
    appliesNetwork: true,
  },
  async (request, call) => {
    const { id: cenId } = await needCen(call, request.cenId);
    const owner = ownerOf(call, request);
    const granted = { vpcId: request.childInstanceId, cenId, cenOwnerId: call.accountId };
    // Before anything is said of somebody else's network.
    if (owner !== call.accountId && !(await hasGrant(call.db, granted)))
      throw call.error('Forbbiden.AttachChildInstanceAcrossUid');
    const vpc = await childVpc(call, request, owner);
    if (!vpc) throw noSuchChild(call);
    if (await cenOf(call, vpc.id)) throw call.error('InvalidOperation.ChildInstanceAlreadyAttached');
    const other = await overlapWith(call, cenId, vpc.id, parseCidr(vpc.cidrBlock)!);
    if (other) {
      throw invalid(
        call,
        'ChildInstanceId',
        `${vpc.cidrBlock} overlaps ${other.cidrBlock} of ${other.id}, attached already.`,
      );
    }
    await insertAttachment(call.db, { vpcId: vpc.id, cenId, attachedAt: call.clock.now() });
    return {};
  },
);
