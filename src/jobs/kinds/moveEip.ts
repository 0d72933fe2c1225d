import type { Tx } from '../../records/database.ts';
import { findGuest } from '../../records/guestFacts.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { nicOf } from './machineOf.ts';

type Input = JobInputs['moveEip'];

export const moveEip: Job<Input> = {
  weight: 'control',
  resources: ({ allocationId, instanceId }) => [allocationId, instanceId],
  async run(input, { database, machines }) {
    const guest = await findGuest(database.read, input.instanceId);
    if (guest) await machines.readdress(nicOf(guest));
    return async (tx) => {
      await settle(tx, input, { from: 'Associating', to: { status: 'InUse' } });
      await settle(tx, input, { from: 'Unassociating', to: { status: 'Available', instanceId: null } });
    };
  },
  async fail(input, { log }, tx, reason) {
    log.error({ ...input, reason }, 'an elastic IP could not be moved');
    for (const from of ['Associating', 'Unassociating'] as const)
      await settle(tx, input, { from, to: { status: 'Available', instanceId: null } });
  },
};

interface Step {
  from: 'Associating' | 'Unassociating';
  to: { status: 'InUse' } | { status: 'Available'; instanceId: null };
}

/** Unless it was freed by the end of its instance meanwhile. */
async function settle(tx: Tx, { allocationId, instanceId }: Input, { from, to }: Step): Promise<void> {
  await tx
    .updateTable('eips')
    .set(to)
    .where('id', '=', allocationId)
    .where('instanceId', '=', instanceId)
    .where('status', '=', from)
    .execute();
}
