import { disksOfInstance } from '../../../records/tables/disks.ts';
import { updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { allows, instanceCan, type InstanceStatus } from '../../../rules/states.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { refuseShutKeys } from '../encryption.ts';
import { incorrectStatus } from './incorrectStatus.ts';

/** Stopped → Starting. Answers the new state, as the other two do. */
export async function start(call: Call, row: InstanceRow): Promise<InstanceStatus> {
  if (!allows(instanceCan.start, row.status)) throw incorrectStatus(call, row);
  const disks = await disksOfInstance(call.db, row.id);
  if (!disks.some(({ type }) => type === 'system')) {
    throw call.error('InvalidInstance.NotFoundSystemDisk', { values: [`${row.id} has no system disk.`] });
  }
  const busy = disks.find(({ status }) => status === 'ReIniting');
  if (busy) throw incorrectStatus(call, row, `Its disk ${busy.id} is ${busy.status}.`);
  await refuseShutKeys(call, disks);
  await updateInstance(call.db, row.id, { status: 'Starting', stoppedMode: 'Not-applicable' });
  await call.enqueue('startInstance', { instanceId: row.id }, { regionId: row.regionId, resourceId: row.id });
  return 'Starting';
}

export interface StopRequest {
  forceStop?: boolean;
  stoppedMode?: string;
  hibernate?: boolean;
}

/** Running → Stopping. */
export async function stop(call: Call, row: InstanceRow, request: StopRequest): Promise<InstanceStatus> {
  const stoppedMode = request.stoppedMode ?? 'KeepCharging';
  if (stoppedMode !== 'KeepCharging' && stoppedMode !== 'StopCharging') {
    throw call.error('InvalidParameter', { hint: 'StoppedMode is KeepCharging or StopCharging.' });
  }
  refuseUnbuilt(call, { Hibernate: request.hibernate });
  if (!allows(instanceCan.stop, row.status)) throw incorrectStatus(call, row);
  await updateInstance(call.db, row.id, { status: 'Stopping', stoppedMode });
  await call.enqueue(
    'stopInstance',
    { instanceId: row.id, force: request.forceStop ?? false },
    { regionId: row.regionId, resourceId: row.id },
  );
  return 'Stopping';
}

/** Running → Stopping → Starting → Running. */
export async function reboot(call: Call, row: InstanceRow, force: boolean): Promise<InstanceStatus> {
  if (!allows(instanceCan.reboot, row.status)) throw incorrectStatus(call, row);
  await refuseShutKeys(call, await disksOfInstance(call.db, row.id));
  await updateInstance(call.db, row.id, { status: 'Stopping' });
  await call.enqueue('rebootInstance', { instanceId: row.id, force }, { regionId: row.regionId, resourceId: row.id });
  return 'Stopping';
}
