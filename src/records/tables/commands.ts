import { sql } from 'kysely';
import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import { inWindow, type ListWindow } from '../window.ts';
import type { idsWithTags } from './tags.ts';

/** A command of Cloud Assistant that was kept. */
export interface CommandRow {
  id: string;
  accountId: string;
  regionId: string;
  name: string;
  description: string;
  type: 'RunShellScript';
  /** Base64. */
  content: string;
  /** Blank: the user's home. */
  workingDir: string;
  timeoutS: number;
  enableParameter: Flag;
  invokeTimes: number;
  resourceGroupId: string;
  createdAt: number;
}

/** What a row must match; absent ones match anything. */
export interface CommandFilter {
  accountId: string;
  regionId: string;
  id?: string | undefined;
  /** As SQL LIKE, with `\` as escape. */
  nameLike?: string | undefined;
  descriptionLike?: string | undefined;
  type?: string | undefined;
  resourceGroupId?: string | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

type Owner = Pick<CommandRow, 'accountId' | 'regionId'>;

export async function findCommand(db: Db, owner: Owner, id: string): Promise<CommandRow | undefined> {
  return db
    .selectFrom('commands')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', owner.accountId)
    .where('regionId', '=', owner.regionId)
    .executeTakeFirst();
}

export async function listCommands(
  db: Db,
  filter: CommandFilter,
  window: ListWindow,
): Promise<{ rows: CommandRow[]; total: number }> {
  let query = db
    .selectFrom('commands')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.id !== undefined, (q) => q.where('id', '=', filter.id!))
    .$if(filter.nameLike !== undefined, (q) => q.where(sql<boolean>`name like ${filter.nameLike} escape '\\'`))
    .$if(filter.descriptionLike !== undefined, (q) =>
      q.where(sql<boolean>`description like ${filter.descriptionLike} escape '\\'`),
    )
    .$if(filter.type !== undefined, (q) => q.where('type', '=', filter.type as CommandRow['type']))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!));
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

export async function countCommands(db: Db, owner: Owner): Promise<number> {
  const { count } = await db
    .selectFrom('commands')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', owner.accountId)
    .where('regionId', '=', owner.regionId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function insertCommand(db: Db, row: CommandRow): Promise<void> {
  await db.insertInto('commands').values(row).execute();
}

export async function updateCommand(db: Db, id: string, change: Partial<CommandRow>): Promise<void> {
  await db.updateTable('commands').set(change).where('id', '=', id).execute();
}

export async function deleteCommand(db: Db, id: string): Promise<void> {
  await db.deleteFrom('commands').where('id', '=', id).execute();
}
