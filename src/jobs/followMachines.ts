import type { Clock } from '../base/clock.ts';
import type { Ids } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Machines } from '../machines/machines.ts';
import type { Database } from '../records/database.ts';
import { findRegion } from '../rules/regions.ts';
import { enqueue } from './queue.ts';

interface Parts {
  database: Database;
  clock: Clock;
  ids: Ids;
  log: Log;
  machines: Machines;
  wake(): void;
}

/** Keeps the instances' states true when machines end by themselves. */
export function followMachines({ database, clock, ids, log, machines, wake }: Parts) {
  async function record(instanceId: string, reason: string | null): Promise<void> {
    await database.write(async (tx) => {
      const row = await tx.selectFrom('instances').selectAll().where('id', '=', instanceId).executeTakeFirst();
      const region = row && findRegion(row.regionId);
      if (!region) return;
      const about = { accountId: row.accountId, regionId: row.regionId, resourceId: instanceId };
      await enqueue(tx, { clock, ids, idInfix: region.idInfix }, 'machineEnded', { instanceId, reason }, about);
    });
    wake();
  }

  return {
    ended(instanceId: string, reason: string | null): void {
      record(instanceId, reason).catch((error: unknown) => {
        log.error({ err: error, instanceId }, 'the end of a machine could not be recorded');
      });
    },
    /** At the start: what should run and does not has stopped. `ended`: why, where that is known. */
    async settle(ended: ReadonlyMap<string, string | null>): Promise<void> {
      const rows = await database.read
        .selectFrom('instances')
        .select('id')
        .where('status', '=', 'Running')
        .where('hasNoSystem', '=', 0)
        .execute();
      for (const { id } of rows) {
        if (await machines.isRunning(id)) continue;
        await record(id, ended.has(id) ? ended.get(id)! : 'its machine did not run when the service started');
      }
    },
  };
}
