import type { Db } from '../database.ts';

/** What an account sets for images in all regions. Without a row: `DEFAULTS`, the cloud's own behaviour. */
export interface ImageSettingsRow {
  accountId: string;
  /** Whether what others share is there at once, or has to be accepted. */
  shareAcceptance: 'automatic' | 'required';
  /** `blocked`: its images are shared with nobody else. */
  sharing: 'allowed' | 'blocked';
  /** Days that deleted images can be restored; 0: they are gone at once. */
  recycleBinDays: number;
  /** `required`: its custom images are Available only once a throwaway machine booted from them. */
  bootProof: 'off' | 'required';
}

/** One whose images the account wants to see: an account's id, or a kind of public images (`system`, `marketplace`). */
export interface AllowedPublisherRow {
  accountId: string;
  publisher: string;
}

const DEFAULTS = { shareAcceptance: 'automatic', sharing: 'allowed', recycleBinDays: 0, bootProof: 'off' } as const;

export async function imageSettingsOf(db: Db, accountId: string): Promise<ImageSettingsRow> {
  const row = await db.selectFrom('imageSettings').selectAll().where('accountId', '=', accountId).executeTakeFirst();
  return row ?? { accountId, ...DEFAULTS };
}

export async function setImageSettings(db: Db, row: ImageSettingsRow): Promise<void> {
  await db
    .insertInto('imageSettings')
    .values(row)
    .onConflict((conflict) => conflict.column('accountId').doUpdateSet(row))
    .execute();
}

/** None: everybody's images. */
export async function allowedPublishers(db: Db, accountId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('allowedPublishers')
    .select('publisher')
    .where('accountId', '=', accountId)
    .orderBy('publisher')
    .execute();
  return rows.map(({ publisher }) => publisher);
}

export async function setAllowedPublishers(db: Db, accountId: string, publishers: readonly string[]): Promise<void> {
  await db.deleteFrom('allowedPublishers').where('accountId', '=', accountId).execute();
  if (publishers.length === 0) return;
  await db
    .insertInto('allowedPublishers')
    .values(publishers.map((publisher) => ({ accountId, publisher })))
    .execute();
}
