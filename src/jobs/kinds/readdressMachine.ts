import { findGuest } from '../../records/guestFacts.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { nicOf } from './machineOf.ts';

export const readdressMachine: Job<JobInputs['readdressMachine']> = {
  weight: 'control',
  resources: ({ instanceId }) => [instanceId],
  async run({ instanceId }, { database, machines }) {
    const guest = await findGuest(database.read, instanceId);
    if (guest) await machines.readdress(nicOf(guest));
    return async () => {};
  },
  async fail({ instanceId }, { log }, _, reason) {
    log.error({ instanceId, reason }, 'a machine is not reached at its new address');
  },
};
