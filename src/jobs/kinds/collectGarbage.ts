import { regionRoots } from '../../records/roots.ts';
import type { Job } from '../job.ts';
import type { JobInputs } from '../kinds.ts';
import { COLLECT_EVERY_MS, forgetEnded, garbageOf, KEEP_ENDED_MS } from '../queue.ts';

export const collectGarbage: Job<JobInputs['collectGarbage']> = {
  weight: 'control',
  resources: ({ regionId }) => [garbageOf(regionId)],
  async run({ regionId }, context) {
    const { blocks, database, log } = context;
    const result = await blocks.collect(regionId, () => regionRoots(database.read, regionId));
    log.info({ regionId, ...result }, 'garbage collected');
    return async (tx) => {
      await forgetEnded(tx, context.clock.now() - KEEP_ENDED_MS);
      if (result.keptChunks > 0) await context.collect(tx, regionId, COLLECT_EVERY_MS);
    };
  },
  async fail({ regionId }, { collect }, tx) {
    await collect(tx, regionId, COLLECT_EVERY_MS);
  },
};
