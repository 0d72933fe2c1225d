import { findSnapshot, updateSnapshot, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { isDescription, isSnapshotName } from '../../../rules/names.ts';
import { isRetentionDays } from '../../../rules/snapshots.ts';
import { action } from '../../action.ts';
import { scheduleExpiry } from './expiry.ts';

export const ModifySnapshotAttribute = action(
  'Ecs',
  'ModifySnapshotAttribute',
  { access: 'write', required: ['snapshotId'] },
  async (request, call) => {
    const { snapshotName, description, retentionDays, disableInstantAccess } = request;
    const snapshot = await findSnapshot(call.db, call.accountId, request.snapshotId);
    if (!snapshot) throw call.error('InvalidSnapshotId.NotFound');
    if (snapshotName !== undefined && !isSnapshotName(snapshotName)) throw call.error('InvalidSnapshotName.Malformed');
    if (description !== undefined && !isDescription(description)) throw call.error('InvalidDescription.Malformed');
    if (retentionDays !== undefined && !isRetentionDays(retentionDays)) {
      throw call.error('InvalidRetentionDays.Malformed');
    }
    const change: Partial<SnapshotRow> = {
      ...(snapshotName !== undefined && { name: snapshotName }),
      ...(description !== undefined && { description }),
      ...(retentionDays !== undefined && { retentionDays }),
    };
    const isEmpty = Object.keys(change).length === 0;
    if (isEmpty && disableInstantAccess === undefined) throw call.error('NoAttributeToModify');
    if (!isEmpty) await updateSnapshot(call.db, snapshot.id, change);
    if (retentionDays !== undefined) await scheduleExpiry(call, { ...snapshot, retentionDays });
    return {};
  },
);
