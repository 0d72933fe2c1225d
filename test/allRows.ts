import type { World } from './world.ts';

/** Every row of every table, by table. */
export async function allRows({ parts }: Pick<World, 'parts'>): Promise<Record<string, unknown[]>> {
  const { read } = parts.database;
  const rows: Record<string, unknown[]> = {};
  for (const { name } of await read.introspection.getTables()) {
    rows[name] = await read
      .selectFrom(name as 'images')
      .selectAll()
      .execute();
  }
  return rows;
}
