import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { findNetworks } from '../../src/machines/network/namespace/leftovers.ts';
import { inOwnNetwork } from './ownNetwork.ts';
import { left, openTown } from './town.ts';

inOwnNetwork(import.meta.filename);

test('what is left of networks without machines is found, and what takes it away is said', async () => {
  assert.deepEqual(await findNetworks(), { inUse: 0, removal: [] });
  {
    await using town = await openTown();
    const one = await town.start('one');
    await town.start('other', { vpc: 'vpc-b' });
    assert.deepEqual(await findNetworks(), { inUse: 2, removal: [] });
    // Its machine ends while no service is there.
    town.end(one);
    const { inUse, removal } = await findNetworks();
    assert.equal(inUse, 1);
    assert.match(removal.join('\n'), /^kill -9 \d+\nip netns delete tongjing-[0-9a-f]{5}-vpc-a$/);
    await town.restart();
    assert.deepEqual(await findNetworks(), { inUse: 1, removal: [] });
  }
  assert.deepEqual(await findNetworks(), { inUse: 0, removal: [] });
});

test('names without a namespace are found and taken away, and a VPC of that name is made all the same', async () => {
  await using town = await openTown();
  await town.start('one');
  const kept = left().find((name) => name.endsWith('-vpc-a'))!;
  const [stale, other] = [kept.replace('-vpc-a', '-vpc-b'), 'tongjing-00000-vpc-c'];
  for (const name of [stale, other]) writeFileSync(`/run/netns/${name}`, '');
  const { inUse, removal } = await findNetworks();
  assert.equal(inUse, 1);
  assert.deepEqual(new Set(removal), new Set([stale, other].map((name) => `ip netns delete ${name}`)));
  const two = await town.start('two', { vpc: 'vpc-b' });
  assert.ok(await two.ask('100.100.100.200', 80));
  execFileSync('ip', ['netns', 'delete', other]);
  assert.deepEqual(await findNetworks(), { inUse: 2, removal: [] });
});

test('the commands take everything away, also name servers whose namespace has lost its name', async () => {
  await using town = await openTown();
  const one = await town.start('one');
  const other = await town.start('other', { vpc: 'vpc-b' });
  // No service looks after them.
  await town.network[Symbol.asyncDispose]();
  for (const guest of [one, other]) town.end(guest);
  const namespace = left().find((name) => name.endsWith('-vpc-b'));
  execFileSync('ip', ['netns', 'delete', namespace!]);
  const { removal } = await findNetworks();
  assert.deepEqual(
    removal.map((command) => command.replace(/(?<=-9 )\d+|(?<=tongjing[-_])[0-9a-f]{5}/, '…')),
    ['kill -9 …', 'ip netns delete tongjing-…-vpc-a', 'nft delete table inet tongjing_…', 'kill -9 …'],
  );
  for (const command of removal) execFileSync('sh', ['-c', command]);
  assert.deepEqual(await findNetworks(), { inUse: 0, removal: [] });
});
