import { model } from '../../../contract/model.ts';
import { findAccounts, type AccountRow } from '../../../records/tables/accounts.ts';
import { ownAction } from '../../action.ts';
import type { Call } from '../../call.ts';
import { explain } from './reach.ts';
import { kindOf, planCall, verbs } from './verbs.ts';

const Parameter = model({ key: 'string', value: 'string' });

const PlannedCall = model({ action: 'string', parameters: [Parameter], commandLine: 'string' });

const Step = model({
  /** Steps are taken in this order, whichever reasons they belong to. */
  number: 'number',
  text: 'string',
  /** Absent when there is nothing to call: to wait, or to ask otherwise. */
  call: PlannedCall,
});

const Reason = model({
  /** What refuses: what was asked for, or a step on the way. */
  action: 'string',
  code: 'string',
  httpStatus: 'number',
  message: 'string',
  rule: 'string',
  advice: 'string',
  steps: [Step],
});

/** Whether an account may do something, why not, and what would make it possible: all of it tried out, none of it kept. */
export const Explain = ownAction(
  'Tongjing',
  'Explain',
  {
    request: model(
      {
        verb: 'string',
        resourceId: 'string',
        regionId: 'string',
        /** Operator only: on behalf of. */
        accountId: 'string',
        destinationRegionId: 'string',
        withAccountId: 'string',
        instanceId: 'string',
        instanceType: 'string',
        diskId: 'string',
        snapshotId: 'string',
        vSwitchId: 'string',
        securityGroupId: 'string',
        /** Export: where to. */
        bucket: 'string',
        force: 'boolean',
      },
      { vSwitchId: 'VSwitchId' },
    ),
    response: model({
      /** What the API answers now. */
      verdict: 'boolean',
      /** Possible after the steps; true as well when it is possible now. */
      remedied: 'boolean',
      accountId: 'string',
      regionId: 'string',
      /** What does it now, and after the steps. */
      call: PlannedCall,
      callAfterSteps: PlannedCall,
      reasons: [Reason],
      /** What to know before it is done, now or after the steps. */
      risks: ['string'],
    }),
    access: 'rehearsal',
    required: ['verb', 'resourceId'],
  },
  async (request, call) => {
    const { verb: word, resourceId: id } = request;
    const { regionId } = call.region(request.regionId);
    const account = await accountFor(call, request.accountId);
    const byKind = Object.hasOwn(verbs, word) ? verbs[word]! : undefined;
    const verb = byKind?.[kindOf(id)];
    if (!verb) {
      const hint = byKind
        ? `To ${word} takes the id of ${Object.keys(byKind).join(' or ')}.`
        : `Verbs are ${Object.keys(verbs).join(', ')}.`;
      throw call.error('InvalidVerb.NotSupported', { hint });
    }
    const question = { ...request, call, id, regionId, accountId: account.id };
    const missing = verb.needs?.find((need) => question[need] === undefined);
    if (missing !== undefined) {
      const name = missing.charAt(0).toUpperCase() + missing.slice(1);
      throw call.error('MissingParameter', { values: { Name: name } });
    }
    const absent = (await verb.absent?.(question)) ?? null;
    const { verdict, ...explained } = await explain(call, account, await planCall(verb, question), absent);
    return { verdict, accountId: account.id, regionId, ...explained };
  },
);

async function accountFor(call: Call, id: string | undefined): Promise<AccountRow> {
  const { account, role } = call.caller;
  if (id === undefined || id === account.id) return account;
  if (!account.isOperator || role) throw call.error('Forbidden.NotOperator');
  const [found] = await findAccounts(call.db, [id]);
  if (!found) throw call.error('InvalidAccountId.NotFound');
  return found;
}
