import type { BootProofStatus } from '../../rules/bootProof.ts';
import type { Db } from '../database.ts';

/** Whether an image boots, by its newest try, and what was seen of it. */
export interface BootProofRow {
  imageId: string;
  status: BootProofStatus;
  /** What the guest came to; null: nothing. */
  reached: string | null;
  /** Why it failed. */
  reason: string | null;
  startedAt: number | null;
  endedAt: number | null;
  /** The last of the serial line, Base64. */
  consoleOutput: string | null;
  /** PNG, Base64. */
  screenshot: string | null;
}

export const findBootProof = (db: Db, imageId: string): Promise<BootProofRow | undefined> =>
  db.selectFrom('bootProofs').selectAll().where('imageId', '=', imageId).executeTakeFirst();

/** A new try, in place of an earlier one. */
export async function startBootProof(db: Db, imageId: string): Promise<void> {
  const none = { reached: null, reason: null, startedAt: null, endedAt: null, consoleOutput: null, screenshot: null };
  const row: BootProofRow = { imageId, status: 'waiting', ...none };
  await db
    .insertInto('bootProofs')
    .values(row)
    .onConflict((conflict) => conflict.column('imageId').doUpdateSet(row))
    .execute();
}

export async function updateBootProof(db: Db, imageId: string, change: Partial<BootProofRow>): Promise<void> {
  await db.updateTable('bootProofs').set(change).where('imageId', '=', imageId).execute();
}
