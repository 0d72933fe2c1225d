import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import sdk from '@alicloud/ecs20140526';
import { BEIJING, contentOf, createLifeWorld, HANGZHOU, type LifeWorld, type Tenant } from '../requirements/world.ts';
import { tongjingClient } from './tongjingClient.ts';

/** What is counted of one's own says nothing of what others store: the second to bring the same bytes sees the figures of the first. */

const REGIONS = [HANGZHOU, BEIJING];

/** The operator's import, given to the owner: what is counted of it was so at the import. */
async function upload(life: LifeWorld, owner: Tenant): Promise<string> {
  const path = join(life.world.dataDir, 'same.raw');
  await writeFile(path, contentOf('the same'));
  const asked = { path, format: 'raw', name: 'same', regionId: HANGZHOU };
  const { imageId } = await life.operator<{ imageId: string }>('images/import', asked);
  await life.settled();
  const { accountId } = owner;
  await life.world.parts.database.write(async (tx) => {
    const { snapshotId } = await tx
      .selectFrom('imageDisks')
      .select('snapshotId')
      .where('imageId', '=', imageId)
      .executeTakeFirstOrThrow();
    await tx.updateTable('images').set({ accountId }).where('id', '=', imageId).execute();
    await tx.updateTable('snapshots').set({ accountId }).where('id', '=', snapshotId).execute();
  });
  return imageId;
}

/** Everything that is counted for the account, without ids and times. */
async function figures({ world }: LifeWorld, of: Tenant): Promise<unknown> {
  const ask = tongjingClient(world, of);
  const counted = [];
  for (const regionId of REGIONS) {
    const usage = await of.ecs.describeSnapshotsUsage(new sdk.DescribeSnapshotsUsageRequest({ regionId }));
    const links = await of.ecs.describeSnapshotLinks(new sdk.DescribeSnapshotLinksRequest({ regionId }));
    const { UsageLines } = await ask<{ UsageLines: { Kind: string; Bytes: number }[] }>('ListUsage', {
      RegionId: regionId,
    });
    const { snapshotCount, snapshotSize } = usage.body!;
    const sizes = links.body!.snapshotLinks!.snapshotLink!.map(({ totalSize, totalCount }) => [totalSize, totalCount]);
    const lines = UsageLines.map(({ Kind, Bytes }) => `${Kind} ${Bytes}`).sort();
    counted.push({ regionId, snapshotCount, snapshotSize, sizes, lines });
  }
  const { Quotas } = await ask<{ Quotas: unknown[] }>('ListQuotas');
  return { counted, Quotas };
}

/** An upload, a copy into another region, an instance of it, a snapshot of what that wrote: the figures after each. */
async function live(life: LifeWorld, tenant: Tenant): Promise<unknown[]> {
  const imageId = await upload(life, tenant);
  const seen = [await figures(life, tenant)];
  await tenant.copyImage({ regionId: HANGZHOU, imageId, destinationRegionId: BEIJING });
  seen.push(await figures(life, tenant));
  const { diskIds } = await tenant.run(imageId);
  await life.write(diskIds[0]!, 0, contentOf('the same, written'));
  await tenant.snapshot(diskIds[0]!);
  seen.push(await figures(life, tenant));
  return seen;
}

test('figures are the same whether others have the bytes or nobody had them', async () => {
  await using life = await createLifeWorld();
  const first = await live(life, await life.tenant('alice'));
  const second = await live(life, await life.tenant('bob'));
  assert.deepEqual(second, first);
  assert.match(JSON.stringify(first.at(-1)), /"snapshotSize":[1-9].*CopyTraffic [1-9]/);
});
