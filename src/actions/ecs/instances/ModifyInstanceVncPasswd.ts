import { updateInstance } from '../../../records/tables/instances.ts';
import { isVncPassword } from '../../../rules/names.ts';
import { action } from '../../action.ts';
import { ownInstance } from './ownInstance.ts';

/** What a viewer of the instance's screen is asked for from now on, and at every later start. Until it is set once, none gets in. */
export const ModifyInstanceVncPasswd = action(
  'Ecs',
  'ModifyInstanceVncPasswd',
  { access: 'write', required: ['instanceId', 'regionId', 'vncPassword'] },
  async ({ instanceId, regionId, vncPassword }, call) => {
    const region = call.region(regionId);
    const row = await ownInstance(call, instanceId);
    if (row.regionId !== region.regionId) throw call.error('InvalidInstanceId.NotFound', { about: 'does not exist' });
    if (!isVncPassword(vncPassword)) throw call.error('IncorrectVncPassword.Malformed');
    await updateInstance(call.db, row.id, { vncPassword });
    if (row.status !== 'Stopped') {
      const about = { regionId: row.regionId, resourceId: row.id };
      await call.enqueue('setVncPassword', { instanceId: row.id }, about);
    }
    return {};
  },
);
