import type { RequestOf } from '../../../contract/sdk.ts';
import { disksOfInstance } from '../../../records/tables/disks.ts';
import { findImageForLineage } from '../../../records/tables/images.ts';
import { updateInstance, type InstanceRow } from '../../../records/tables/instances.ts';
import { takesDiskCategory } from '../../../rules/diskCategories.ts';
import { findInstanceType } from '../../../rules/instanceTypes.ts';
import { allows, instanceCan } from '../../../rules/states.ts';
import { canBeIoOptimized } from '../../../rules/stock.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { checkFit } from '../chooseImage.ts';
import { readBandwidth } from './launchBandwidth.ts';
import { creditSpecification } from './launchType.ts';
import { ownInstance } from './ownInstance.ts';

type Request = RequestOf<'Ecs', 'ModifyInstanceSpec'>;

/** Another type, or another bandwidth, of a pay-as-you-go instance: one of both a call. */
export const ModifyInstanceSpec = action(
  'Ecs',
  'ModifyInstanceSpec',
  { access: 'write', required: ['instanceId'] },
  async (request, call) => {
    const { instanceType, internetMaxBandwidthIn, internetMaxBandwidthOut } = request;
    refuseUnbuilt(call, {
      AllowMigrateAcrossZone: request.allowMigrateAcrossZone,
      Disk: request.disk,
      ModifyMode: request.modifyMode,
      'SystemDisk.Category': request.systemDisk?.category,
      Temporary: request.temporary,
    });
    const isOfNetwork = internetMaxBandwidthIn !== undefined || internetMaxBandwidthOut !== undefined;
    if (instanceType !== undefined && isOfNetwork) throw call.error('InvalidParameter.Mismatch');
    if (instanceType === undefined && !isOfNetwork) throw call.error('MissingParameter', { about: 'InstanceType' });
    const row = await ownInstance(call, request.instanceId);
    if (row.chargeType !== 'PostPaid') throw call.error('ChargeTypeViolation');
    const change = instanceType === undefined ? bandwidth(call, request, row) : await type(call, instanceType, row);
    await updateInstance(call.db, row.id, change);
    return {};
  },
);

function bandwidth(call: Call, request: Request, row: InstanceRow): Partial<InstanceRow> {
  if (!allows(instanceCan.changeBandwidth, row.status)) throw call.error('InvalidStatus.ValueNotSupported');
  const wanted = readBandwidth(call, {
    internetChargeType: row.internetChargeType,
    internetMaxBandwidthOut: request.internetMaxBandwidthOut ?? row.internetMaxBandwidthOut,
    internetMaxBandwidthIn: request.internetMaxBandwidthIn,
  });
  return {
    internetMaxBandwidthIn: wanted.in,
    internetMaxBandwidthOut: wanted.out,
  };
}

/** What it has, its system and its disks, must be had by the new type too. */
async function type(call: Call, instanceType: string, row: InstanceRow): Promise<Partial<InstanceRow>> {
  if (!allows(instanceCan.changeType, row.status)) throw call.error('InvalidInstanceStatus.NotStopped');
  const wanted = findInstanceType(instanceType);
  if (!wanted) throw call.error('InvalidInstanceType.ValueNotSupported', { about: 'does not exist or beyond' });
  const ioOptimized = row.ioOptimized === 1;
  const isInVpc = wanted.networkTypes.includes('vpc');
  if (!isInVpc || !canBeIoOptimized(wanted, ioOptimized)) throw call.error('DependencyViolation.InstanceType');
  // Also of an image that is deleted by now.
  const image = await findImageForLineage(call.db, row.imageId);
  if (image) await checkFit(call, image, wanted, ioOptimized);
  const { family } = wanted;
  for (const { category } of await disksOfInstance(call.db, row.id)) {
    if (!takesDiskCategory({ family, ioOptimized }, category)) throw call.error('CategoryViolation');
  }
  return { instanceType, creditSpecification: creditSpecification(call, undefined, wanted) };
}
