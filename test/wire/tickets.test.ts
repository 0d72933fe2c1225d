import assert from 'node:assert/strict';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { refusesKms } from './kmsClient.ts';
import { createImageWorld } from './imageWorld.ts';
import { tongjingClient } from './tongjingClient.ts';

interface Tickets {
  TotalCount: number;
  Tickets: { TicketId: string; Kind: string; Status: string; Note: string; AccountId: string }[];
}
interface Quotas {
  Quotas: { QuotaName: string; Value: number; DefaultValue: number }[];
}

async function createTicketWorld() {
  const images = await createImageWorld();
  const { world } = images;
  const alice = await images.party();
  const bob = await images.party();
  return {
    ...images,
    alice: { ...alice, ask: tongjingClient(world, alice) },
    bob: { ...bob, ask: tongjingClient(world, bob) },
    ask: tongjingClient(world, images.operator),
    refuses: (code: string, status: number, call: () => Promise<unknown>) => refusesKms(world, code, status, call),
    [Symbol.asyncDispose]: () => images[Symbol.asyncDispose](),
  };
}

test('a ticket is submitted, granted, taken back, and withdrawn', async () => {
  await using world = await createTicketWorld();
  const { alice, bob, ask } = world;
  const submitted = await alice.ask<{ TicketId: string }>('SubmitTicket', { Kind: 'export-image', Reason: 'backups' });
  const TicketId = submitted.TicketId;
  assert.match(TicketId, /^tk-bp1/);
  const mine = await alice.ask<Tickets>('ListTickets');
  assert.deepEqual([mine.TotalCount, mine.Tickets[0]!.Status], [1, 'Submitted']);
  assert.equal((await bob.ask<Tickets>('ListTickets')).TotalCount, 0);
  assert.equal((await ask<Tickets>('ListTickets')).Tickets[0]!.AccountId, alice.accountId);

  await ask('GrantTicket', { TicketId, Note: 'have fun' });
  const granted = (await alice.ask<Tickets>('ListTickets', { Status: 'Granted' })).Tickets;
  assert.deepEqual([granted[0]!.Status, granted[0]!.Note], ['Granted', 'have fun']);
  await world.refuses('IncorrectTicketStatus', 403, () => ask('GrantTicket', { TicketId }));
  await ask('RefuseTicket', { TicketId, Note: 'enough' });
  await world.refuses('IncorrectTicketStatus', 403, () => alice.ask('WithdrawTicket', { TicketId }));
  await ask('GrantTicket', { TicketId });
  await alice.ask('WithdrawTicket', { TicketId });
  assert.equal((await alice.ask<Tickets>('ListTickets')).Tickets[0]!.Status, 'Withdrawn');
});

test('tickets that make no sense, and those of others', async () => {
  await using world = await createTicketWorld();
  const { alice, bob, ask } = world;
  const submit = (parameters: Record<string, string | number>) => () =>
    alice.ask('SubmitTicket', { Reason: 'because', ...parameters });
  await world.refuses('InvalidParameter', 400, submit({ Kind: 'moon' }));
  await world.refuses('MissingKind', 400, submit({}));
  await world.refuses('InvalidParameter', 400, submit({ Kind: 'export-image', Reason: 'x'.repeat(1025) }));
  await world.refuses('InvalidParameter', 400, submit({ Kind: 'quota', QuotaName: 'moons', QuotaValue: 1 }));
  await world.refuses('InvalidParameter', 400, submit({ Kind: 'quota', QuotaName: 'images', QuotaValue: 1_000_001 }));
  await world.refuses('InvalidParameter', 400, submit({ Kind: 'io-optimised-image' }));
  const foreign = await world.image(bob);
  await world.refuses('InvalidImageId.NotFound', 404, submit({ Kind: 'export-image', ImageId: foreign }));
  await world.refuses('InvalidParameter', 400, () => alice.ask('ListTickets', { Status: 'Lost' }));

  const { TicketId } = await bob.ask<{ TicketId: string }>('SubmitTicket', { Kind: 'export-image', Reason: 'mine' });
  for (const action of ['GrantTicket', 'RefuseTicket']) {
    await world.refuses('Forbidden.NoPermission', 403, () => bob.ask(action, { TicketId }));
  }
  await world.refuses('InvalidTicketId.NotFound', 404, () => alice.ask('WithdrawTicket', { TicketId }));
  await world.refuses('InvalidTicketId.NotFound', 404, () => ask('GrantTicket', { TicketId: 'tk-none' }));
  await world.refuses('InvalidParameter', 400, () => ask('GrantTicket', { TicketId, Note: 'x'.repeat(257) }));
});

test('quotas differ by account: by the operator, or by a granted ticket', async () => {
  await using world = await createTicketWorld();
  const { alice, bob, ask } = world;
  const valueOf = async (party: typeof alice) =>
    (await party.ask<Quotas>('ListQuotas')).Quotas.find(({ QuotaName }) => QuotaName === 'keyPairs')!.Value;
  await ask('SetQuota', { AccountId: alice.accountId, QuotaName: 'keyPairs', Value: 1 });
  assert.deepEqual([await valueOf(alice), await valueOf(bob)], [1, 500]);
  const create = (keyPairName: string) => () =>
    alice.ecs.createKeyPair(new sdk.CreateKeyPairRequest({ regionId: 'cn-hangzhou', keyPairName }));
  await create('one')();
  await assert.rejects(create('two')(), { code: 'QuotaExceed.KeyPair' });
  const wish = { Kind: 'quota', QuotaName: 'keyPairs', QuotaValue: 2, Reason: 'two hands' };
  const { TicketId } = await alice.ask<{ TicketId: string }>('SubmitTicket', wish);
  await assert.rejects(create('two')(), { code: 'QuotaExceed.KeyPair' });
  await ask('GrantTicket', { TicketId });
  await create('two')();
  const of = await ask<Quotas>('ListQuotas', { AccountId: alice.accountId });
  const { Value, DefaultValue } = of.Quotas.find(({ QuotaName }) => QuotaName === 'keyPairs')!;
  assert.deepEqual([Value, DefaultValue], [2, 500]);

  const set = { AccountId: alice.accountId, QuotaName: 'keyPairs', Value: 9 };
  await world.refuses('Forbidden.NoPermission', 403, () => alice.ask('SetQuota', set));
  await world.refuses('Forbidden.NoPermission', 403, () => alice.ask('ListQuotas', { AccountId: bob.accountId }));
  await world.refuses('InvalidParameter', 400, () => ask('SetQuota', { ...set, QuotaName: 'instancesOfCall' }));
  await world.refuses('InvalidParameter', 400, () => ask('SetQuota', { ...set, Value: -1 }));
  await world.refuses('InvalidAccount.NotFound', 404, () => ask('SetQuota', { ...set, AccountId: '1' }));
  await world.refuses('InvalidAccount.NotFound', 404, () => ask('ListQuotas', { AccountId: '1' }));
});
