import type { SelectQueryBuilder } from 'kysely';
import type { Schema } from './schema.ts';

/** Which rows of a list, newest first: so many to pass over, or the row after which to go on. */
export interface ListWindow {
  offset: number;
  size: number;
  after?: { createdAt: number; id: string } | null;
}

type Listed =
  | 'autoSnapshotPolicies'
  | 'cens'
  | 'commands'
  | 'disks'
  | 'eips'
  | 'instances'
  | 'invocations'
  | 'runs'
  | 'securityGroups'
  | 'snapshotGroups'
  | 'vpcPeers'
  | 'vpcs'
  | 'vSwitches';

/** The window of what `matching` finds, newest first, and how many it finds in all. */
export async function inWindow<Table extends Listed>(
  matching: SelectQueryBuilder<Schema, Table, object>,
  { offset, size, after }: ListWindow,
): Promise<{ rows: Schema[Table][]; total: number }> {
  // Each of these tables has the two columns that order it; the builder's type can't say so.
  const query = matching as unknown as SelectQueryBuilder<Schema, 'disks', object>;
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await query
    .$if(Boolean(after), (q) =>
      q.where((eb) =>
        eb.or([
          eb('createdAt', '<', after!.createdAt),
          eb.and([eb('createdAt', '=', after!.createdAt), eb('id', '>', after!.id)]),
        ]),
      ),
    )
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id')
    .limit(size)
    .offset(offset)
    .execute();
  return { rows: rows as unknown as Schema[Table][], total: Number(total) };
}
