import type { TicketKind, TicketStatus } from '../../rules/tickets.ts';
import type { QuotaName } from '../../rules/quotas.ts';
import type { Db, Tx } from '../database.ts';

/** Somebody asks the operator for a permission, or for a larger quota. */
export interface TicketRow {
  id: string;
  accountId: string;
  kind: TicketKind;
  /** The image that a permission is for; null: any. */
  imageId: string | null;
  /** Of a ticket of kind `quota`. */
  quotaName: QuotaName | null;
  quotaValue: number | null;
  reason: string;
  status: TicketStatus;
  /** What the operator said. */
  note: string;
  createdAt: number;
  decidedAt: number | null;
}

export async function insertTicket(tx: Tx, row: TicketRow): Promise<void> {
  await tx.insertInto('tickets').values(row).execute();
}

export async function findTicket(db: Db, id: string): Promise<TicketRow | undefined> {
  return db.selectFrom('tickets').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Newest first; `accountId` null: everybody's. */
export async function listTickets(
  db: Db,
  { accountId, status }: { accountId: string | null; status: TicketStatus | undefined },
  window: { offset: number; size: number },
): Promise<{ rows: TicketRow[]; total: number }> {
  const found = db
    .selectFrom('tickets')
    .$if(accountId !== null, (query) => query.where('accountId', '=', accountId!))
    .$if(status !== undefined, (query) => query.where('status', '=', status!));
  const { total } = await found.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const rows = await found
    .selectAll()
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(window.size)
    .offset(window.offset)
    .execute();
  return { rows, total };
}

export async function changeTicket(
  tx: Tx,
  id: string,
  change: Pick<TicketRow, 'status' | 'note' | 'decidedAt'>,
): Promise<void> {
  await tx.updateTable('tickets').set(change).where('id', '=', id).execute();
}

type Permission = Exclude<TicketKind, 'quota'>;

/** The images that the account has a permission for; null: any. */
export async function grantedImages(db: Db, accountId: string, kind: Permission): Promise<string[] | null> {
  const tickets = await db
    .selectFrom('tickets')
    .select('imageId')
    .where('accountId', '=', accountId)
    .where('kind', '=', kind)
    .where('status', '=', 'Granted')
    .execute();
  return tickets.some(({ imageId }) => imageId === null) ? null : tickets.map(({ imageId }) => imageId!);
}

/** Whether the account has a permission: for any image, or for this one. */
export async function isGranted(db: Db, accountId: string, kind: Permission, imageId: string): Promise<boolean> {
  return (await grantedImages(db, accountId, kind))?.includes(imageId) ?? true;
}
