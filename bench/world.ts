import { parseArgs } from 'node:util';
import { findRegion } from '../src/rules/regions.ts';
import { imageRow, instanceRow, snapshotRow } from '../test/fakes/rows.ts';
import { goRequest, send } from '../test/wire/rawClient.ts';
import { createWorld, type Account, type World } from '../test/world.ts';
import { median } from './measure.ts';

/**
 * DescribeImages with filters in a world of many: 500 custom images, 3 regions, 10 accounts that share with one another, 100 public images in
 * each region. Signed requests over HTTP, one after another, client and service in one process. `cold`: somebody commits before each
 * call, so that no remembered answer helps.
 */
const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '500' },
    accounts: { type: 'string', default: '10' },
    public: { type: 'string', default: '100' },
    rounds: { type: 'string', default: '60' },
  },
});

const TARGET_MS = 20;
const REGIONS = ['cn-hangzhou', 'cn-beijing', 'cn-shanghai'];
const INSTANCES_OF_ACCOUNT = 10;
const PLAIN_SHARE = { isPending: 0, note: '', endsAt: null } as const;

await using world = await createWorld({
  seed: 1,
  config: { catalogue: true, accountThrottle: { perSecond: 0, burst: 0 } },
});
const { caller, ofCaller } = await seed(world);

const filters: [name: string, parameters: Record<string, string>][] = [
  ['a page of 100', { PageSize: '100' }],
  ['ImageOwnerAlias=self', { ImageOwnerAlias: 'self' }],
  ['ImageOwnerAlias=others', { ImageOwnerAlias: 'others' }],
  ['ImageOwnerAlias=system, a page of 100', { ImageOwnerAlias: 'system', PageSize: '100' }],
  ['ImageName=web-*', { ImageName: 'web-*' }],
  ['Tag.1=team:2', { 'Tag.1.Key': 'team', 'Tag.1.Value': '2' }],
  ['Status=ALL', { Status: 'ALL' }],
  ['ImageFamily=web', { ImageFamily: 'web' }],
  ['Usage=instance', { Usage: 'instance' }],
  ['Usage=none, a page of 100', { Usage: 'none', PageSize: '100' }],
  ['SnapshotId, Status=ALL', { SnapshotId: ofCaller.snapshotId, Status: 'ALL' }],
  ['InstanceType', { InstanceType: 'ecs.g6.large' }],
  [
    'self, family, name and tag',
    { ImageOwnerAlias: 'self', ImageFamily: 'web', ImageName: 'web-*', 'Tag.1.Key': 'env' },
  ],
];

console.log(
  `${values.rounds} calls each, medians; ${values.images} custom and ${values.public} public images a region\n`,
);
console.log('| DescribeImages | images found | warm ms | cold ms | |\n|---|---:|---:|---:|---|');
for (const [name, parameters] of filters) {
  const found = await describe(parameters);
  const warm = await measure(parameters, async () => {});
  const cold = await measure(parameters, commit);
  const isMet = Math.max(warm, cold) < TARGET_MS;
  console.log(
    `| ${name} | ${found} | ${warm.toFixed(1)} | ${cold.toFixed(1)} | ${isMet ? '' : `above ${TARGET_MS}`} |`,
  );
  if (!isMet) process.exitCode = 1;
}

async function describe(parameters: Record<string, string>): Promise<number> {
  const request = { action: 'DescribeImages', parameters: { RegionId: REGIONS[0]!, ...parameters } };
  const { status, text, json } = await send(world.endpoint, goRequest(caller, request));
  if (status !== 200 || json['TotalCount'] === 0) throw new Error(text);
  return json['TotalCount'] as number;
}

async function measure(parameters: Record<string, string>, before: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    await before();
    const startedAt = performance.now();
    await describe(parameters);
    times.push(performance.now() - startedAt);
  }
  return median(times);
}

/** Something of somebody's changes. */
async function commit(): Promise<void> {
  await world.parts.database.write((tx) =>
    tx
      .updateTable('images')
      .set({ description: String(performance.now()) })
      .where('id', '=', ofCaller.imageId)
      .execute(),
  );
}

/** Rows straight into the records: what the images hold does not matter here. */
async function seed({ parts, account, operator }: World) {
  const accounts: Account[] = [];
  for (let number = 0; number < Number(values.accounts); number++) accounts.push(await account(`account ${number}`));
  const made: { imageId: string; snapshotId: string; owner: Account; regionId: string }[] = [];
  await parts.database.write(async (tx) => {
    async function insert(index: number, owner: Account, regionId: string, kind: 'self' | 'system'): Promise<void> {
      const infix = findRegion(regionId)!.idInfix;
      const [imageId, snapshotId] = [parts.ids.resource('m', infix), parts.ids.resource('s', infix)];
      const place = { accountId: owner.accountId, regionId };
      const createdAt = parts.clock.now() - index * 1000;
      // Every account has some of each in every region.
      const mixed = Math.floor(index / (accounts.length * REGIONS.length)) + index;
      const use = ['web', 'database', 'build'][mixed % 3]!;
      await tx
        .insertInto('images')
        .values(
          imageRow({
            ...place,
            id: imageId,
            kind,
            createdAt,
            name: `${use}-${index}`,
            family: mixed % 2 ? use : '',
            status: mixed % 9 ? 'Available' : 'Deprecated',
            progress: 100,
            sizeGib: 20,
          }),
        )
        .execute();
      const snapshot = { ...place, id: snapshotId, status: 'accomplished', progress: 100, createdAt } as const;
      await tx.insertInto('snapshots').values(snapshotRow(snapshot)).execute();
      await tx
        .insertInto('imageDisks')
        .values({
          imageId,
          position: 0,
          snapshotId,
          device: '/dev/xvda',
          type: 'system',
          sizeGib: 20,
          format: 'RAW',
          category: null,
          importBucket: null,
          importObject: null,
        })
        .execute();
      if (kind === 'system') return;
      made.push({ imageId, snapshotId, owner, regionId });
      const tags = ['env', 'team'].map((key) => ({ ...place, resourceType: 'image', resourceId: imageId, key }));
      await tx
        .insertInto('tags')
        .values(tags.map((tag) => ({ ...tag, value: String(mixed % 5) })))
        .execute();
      const receivers = accounts.filter((one, number) => one !== owner && (mixed + number) % 4 === 0);
      const shares = receivers.map(({ accountId }) => ({ imageId, accountId, sharedAt: createdAt, ...PLAIN_SHARE }));
      await tx.insertInto('imageShares').values(shares).execute();
    }
    for (let index = 0; index < Number(values.images); index++) {
      const owner = accounts[index % accounts.length]!;
      await insert(index, owner, REGIONS[Math.floor(index / accounts.length) % REGIONS.length]!, 'self');
    }
    for (const regionId of REGIONS) {
      for (let index = 0; index < Number(values.public); index++) await insert(index, operator, regionId, 'system');
    }
    for (const owner of accounts) {
      const own = made.filter((image) => image.owner === owner);
      for (let index = 0; index < INSTANCES_OF_ACCOUNT; index++) {
        const { imageId, regionId } = own[index % own.length]!;
        const id = parts.ids.resource('i', findRegion(regionId)!.idInfix);
        const row = instanceRow({ id, accountId: owner.accountId, regionId, imageId, status: 'Running' });
        await tx.insertInto('instances').values(row).execute();
      }
    }
  });
  const [first] = accounts;
  return { caller: first!, ofCaller: made.find(({ owner, regionId }) => owner === first && regionId === REGIONS[0])! };
}
