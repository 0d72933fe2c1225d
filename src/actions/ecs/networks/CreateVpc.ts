import { action } from '../../action.ts';
import { createVpc } from '../../vpcs.ts';

/** Answers less than its namesake of the Vpc product. */
export const CreateVpc = action('Ecs', 'CreateVpc', { access: 'write' }, async (request, call) => {
  const { vpcId, VRouterId, routeTableId } = await createVpc(request, call);
  return { vpcId, VRouterId, routeTableId };
});
