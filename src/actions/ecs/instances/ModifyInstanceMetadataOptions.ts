import { updateInstance } from '../../../records/tables/instances.ts';
import { action } from '../../action.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { readMetadataOptions } from './metadataOptions.ts';
import { ownInstance } from './ownInstance.ts';

/** Kept by the metadata service from the guest's next request on. What is not sent stays. */
export const ModifyInstanceMetadataOptions = action(
  'Ecs',
  'ModifyInstanceMetadataOptions',
  { access: 'write', appliesNetwork: true, required: ['instanceId', 'httpEndpoint'] },
  async (request, call) => {
    refuseUnbuilt(call, { 'InstanceMetadataTags=enabled': request.instanceMetadataTags === 'enabled' });
    const region = call.region(request.regionId);
    const row = await ownInstance(call, request.instanceId);
    if (row.regionId !== region.regionId) throw call.error('InvalidInstanceId.NotFound', { about: 'does not exist' });
    await updateInstance(call.db, row.id, readMetadataOptions(call, request, row));
    return {};
  },
);
