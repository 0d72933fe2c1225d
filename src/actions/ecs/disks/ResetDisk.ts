import { action } from '../../action.ts';
import { checkRollBack, rollBack } from './rollBack.ts';

/** Rolls a disk back to a snapshot of it; what was written later is lost, its size stays. */
export const ResetDisk = action(
  'Ecs',
  'ResetDisk',
  { access: 'write', required: ['diskId', 'snapshotId'] },
  async (request, call) => {
    await rollBack(call, await checkRollBack(call, request.diskId, request.snapshotId));
    return {};
  },
);
