import { model } from '../../../contract/model.ts';
import type { Tx } from '../../../records/database.ts';
import { findVisibleImage } from '../../../records/tables/images.ts';
import { insertTicket } from '../../../records/tables/tickets.ts';
import type { QuotaName } from '../../../rules/quotas.ts';
import { TICKET_KINDS, type TicketKind } from '../../../rules/tickets.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { viewOf } from '../../view.ts';
import { wishedQuota } from '../quotas/wishedQuota.ts';

const MAX_REASON = 1024;

const Request = model({
  regionId: 'string',
  kind: 'string',
  imageId: 'string',
  quotaName: 'string',
  quotaValue: 'number',
  reason: 'string',
  clientToken: 'string',
});

/** Asks the operator for a permission (`export-image`, `copy-above-500-gib`, `io-optimised-image`: ImageId; `export-snapshot`) or for a larger quota (`quota`: QuotaName, QuotaValue). */
export const SubmitTicket = ownAction(
  'Tongjing',
  'SubmitTicket',
  { request: Request, response: model({ ticketId: 'string' }), access: 'write', required: ['kind', 'reason'] },
  async (request, call) => {
    const { regionId, idInfix } = call.region(request.regionId);
    const kind = (Object.keys(TICKET_KINDS) as TicketKind[]).find((one) => one === request.kind);
    if (!kind)
      throw call.error('InvalidParameter', { hint: `Kind is one of ${Object.keys(TICKET_KINDS).join(', ')}.` });
    if (request.reason.length > MAX_REASON) {
      throw call.error('InvalidParameter', { hint: `Reason has at most ${MAX_REASON} characters.` });
    }
    const wanted = kind === 'quota' ? wantedQuota(call, request) : { quotaName: null, quotaValue: null };
    const id = call.ids.resource('tk', idInfix);
    await insertTicket(call.db as Tx, {
      id,
      accountId: call.accountId,
      kind,
      imageId: await namedImage(call, regionId, kind, request.imageId),
      ...wanted,
      reason: request.reason,
      status: 'Submitted',
      note: '',
      createdAt: call.clock.now(),
      decidedAt: null,
    });
    return { ticketId: id };
  },
);

function wantedQuota(
  call: Call,
  { quotaName = '', quotaValue = -1 }: { quotaName?: string; quotaValue?: number },
): { quotaName: QuotaName; quotaValue: number } {
  const { name, value } = wishedQuota(call, quotaName, quotaValue, 'QuotaValue');
  return { quotaName: name, quotaValue: value };
}

async function namedImage(
  call: Call,
  regionId: string,
  kind: TicketKind,
  imageId: string | undefined,
): Promise<string | null> {
  if (kind === 'quota') return null;
  if (imageId === undefined) {
    if (kind === 'io-optimised-image') throw call.error('InvalidParameter', { hint: 'ImageId says for which image.' });
    return null;
  }
  if (!(await findVisibleImage(call.db, await viewOf(call, regionId), imageId))) {
    throw call.error('InvalidImageId.NotFound');
  }
  return imageId;
}
