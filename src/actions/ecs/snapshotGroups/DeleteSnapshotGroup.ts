import { ApiError } from '../../../contract/errors.ts';
import { deleteSnapshotGroup, membersOf } from '../../../records/tables/snapshotGroups.ts';
import { removeSnapshots, type SnapshotRow } from '../../../records/tables/snapshots.ts';
import { action } from '../../action.ts';
import type { Call } from '../../call.ts';
import { deleteTags } from '../../tags.ts';
import { refuseHeld } from '../snapshots/held.ts';
import { ownGroup } from './group.ts';

/** Deletes a group with its snapshots. One that an image, a copy or a lock holds stays, as a snapshot of its own; the answer says why. */
export const DeleteSnapshotGroup = action(
  'Ecs',
  'DeleteSnapshotGroup',
  { access: 'write', required: ['regionId', 'snapshotGroupId'] },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const group = await ownGroup(call, regionId, request.snapshotGroupId);
    const members = (await membersOf(call.db, [group.id])).get(group.id)!;
    const held = new Map<string, ApiError>();
    for (const member of members) {
      const fault = await holderOf(call, member);
      if (fault) held.set(member.id, fault);
      else await call.cancelJobs(member.id);
    }
    await removeSnapshots(
      call.db,
      members.flatMap(({ id }) => (held.has(id) ? [] : id)),
      call.clock.now(),
    );
    await deleteSnapshotGroup(call.db, group.id);
    await deleteTags(call.db, 'snapshotgroup', [group.id]);
    const isStillMade = members.some(({ id, status }) => status === 'progressing' && held.has(id));
    if (!isStillMade) await call.cancelJobs(group.id);
    await call.collectGarbage(regionId);
    return {
      operationProgressSet: {
        operationProgress: members.map(({ id }) => progressOf(id, held.get(id))),
      },
    };
  },
);

async function holderOf(call: Call, member: SnapshotRow): Promise<ApiError | null> {
  try {
    await refuseHeld(call, member);
    return null;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

const progressOf = (snapshotId: string, fault: ApiError | undefined) => ({
  operationStatus: fault ? 'Failed' : 'Success',
  errorCode: fault?.code ?? '',
  errorMsg: fault?.message ?? '',
  relatedItemSet: { relatedItem: [{ name: 'SnapshotId', value: snapshotId }] },
});
