import assert from 'node:assert/strict';
import type EcsClient from '@alicloud/ecs20140526';
import type { JobKind } from '../../src/jobs/kinds.ts';
import { enqueue } from '../../src/jobs/queue.ts';
import type { Schema } from '../../src/records/schema.ts';
import { setQuota } from '../../src/records/tables/accountQuotas.ts';
import type { DiskRow } from '../../src/records/tables/disks.ts';
import type { ImageDiskRow } from '../../src/records/tables/imageDisks.ts';
import type { ImageRow } from '../../src/records/tables/images.ts';
import type { InstanceRow } from '../../src/records/tables/instances.ts';
import type { SnapshotRow } from '../../src/records/tables/snapshots.ts';
import type { QuotaName } from '../../src/rules/quotas.ts';
import { findRegion } from '../../src/rules/regions.ts';
import { rootOf } from '../fakes/dataPlane.ts';
import { diskRow, imageRow, instanceRow, snapshotRow } from '../fakes/rows.ts';
import { createWorld, type Account, type World, type WorldOptions } from '../world.ts';

/** An account with its client. */
export interface Party extends Account {
  ecs: EcsClient.default;
}

/** A world in which images, snapshots, disks and instances are put straight into the records. */
export interface ImageWorld extends AsyncDisposable {
  world: World;
  operator: Party;
  party(site?: 'china' | 'international' | 'japan'): Promise<Party>;
  /** An image (Available unless told) of a system snapshot and one for each of `data`; `null` is an empty data disk. */
  image(owner: Account, row?: Partial<ImageRow>, data?: (Partial<SnapshotRow> | null)[]): Promise<string>;
  snapshotsOf(imageId: string): Promise<string[]>;
  /** An accomplished snapshot of its own content, unless told otherwise. */
  snapshot(owner: Account, row?: Partial<SnapshotRow>): Promise<string>;
  /** A disk with a volume in the data plane. */
  disk(owner: Account, row?: Partial<DiskRow>): Promise<string>;
  /** A running instance with a system disk and one data disk for each of `data`. */
  instance(
    owner: Account,
    row?: Partial<InstanceRow>,
    data?: Partial<DiskRow>[],
  ): Promise<{ id: string; diskIds: string[] }>;
  share(imageId: string, receiver: Account): Promise<void>;
  /** Changes a limit for the account. */
  limit(account: Account, name: QuotaName, value: number): Promise<void>;
  /** A job about the resource that never begins. */
  waitingJob(kind: JobKind, owner: Account, resourceId: string): Promise<void>;
  row<Table extends 'images' | 'snapshots' | 'jobs' | 'disks' | 'instances'>(
    table: Table,
    id: string,
  ): Promise<Schema[Table] | undefined>;
  change<Table extends 'images' | 'snapshots' | 'disks' | 'instances'>(
    table: Table,
    id: string,
    change: Partial<Schema[Table]>,
  ): Promise<void>;
  /** The call fails so, and nothing in the records is different afterwards. Jobs end first, but for those that are held up. */
  refuses(code: string, status: number, call: () => Promise<unknown>, jobs?: { isHeld?: boolean }): Promise<Error>;
}

/** As the SDKs throw it; `entry`: the RPC client. */
type Refusal = Error & { code?: string; statusCode?: number; entry?: { response: { statusCode: number } } };

const TABLES = [
  'images',
  'imageDisks',
  'imageShares',
  'bootProofs',
  'imageSettings',
  'allowedPublishers',
  'protectedImages',
  'recycledImages',
  'snapshots',
  'snapshotGroups',
  'snapshotLocks',
  'autoSnapshotPolicies',
  'tags',
  'jobs',
  'disks',
  'instances',
  'kmsKeys',
  'kmsAliases',
] as const;
const GIB = 1024 ** 3;

export async function createImageWorld(options: WorldOptions = {}): Promise<ImageWorld> {
  const world = await createWorld(options);
  const { ids } = world.parts;
  const write = world.parts.database.write;
  const { read } = world.parts.database;
  const id = (prefix: string, regionId = 'cn-hangzhou') => ids.resource(prefix, findRegion(regionId)!.idInfix);
  const as = (account: Account): Party => ({ ...account, ecs: world.ecs(account) });
  let parties = 0;

  const put = (regionId: string, text: string): string => {
    const store = world.plane.stores.get(regionId) ?? new Map<string, string>();
    world.plane.stores.set(regionId, store.set(rootOf(text), text));
    return rootOf(text);
  };

  async function snapshot(owner: Account, row: Partial<SnapshotRow> = {}): Promise<string> {
    const snapshotId = row.id ?? id('s', row.regionId);
    const full = snapshotRow({
      accountId: owner.accountId,
      status: 'accomplished',
      progress: 100,
      sourceDiskType: 'system',
      sourceDiskSizeGib: 20,
      createdAt: world.parts.clock.now(),
      ...row,
      id: snapshotId,
    });
    const root = full.status === 'accomplished' ? put(full.regionId, `content of ${snapshotId}`) : null;
    await write((tx) =>
      tx
        .insertInto('snapshots')
        .values({ ...full, root })
        .execute(),
    );
    return snapshotId;
  }

  async function disk(owner: Account, row: Partial<DiskRow> = {}): Promise<string> {
    const diskId = row.id ?? id('d');
    const full = diskRow({
      accountId: owner.accountId,
      status: row.instanceId ? 'In_use' : 'Available',
      everAttached: 1,
      createdAt: world.parts.clock.now(),
      ...row,
      id: diskId,
    });
    const sizeBytes = full.sizeGib * GIB;
    const volume = {
      content: `content of ${diskId}`,
      sizeBytes,
      isOpen: false,
      freezes: new Map(),
      incrementalTo: null,
    };
    world.plane.disks.set(full.volumeId, volume);
    await write((tx) => tx.insertInto('disks').values(full).execute());
    return diskId;
  }

  return {
    world,
    operator: as(world.operator),
    party: async (site) => as(await world.account(`party ${++parties}`, site)),
    async image(owner, row = {}, data = []) {
      const imageId = row.id ?? id('m', row.regionId);
      const full = imageRow({
        accountId: owner.accountId,
        status: 'Available',
        progress: 100,
        createdAt: world.parts.clock.now(),
        ...row,
        id: imageId,
      });
      const disks: ImageDiskRow[] = [];
      for (const [position, of] of [{}, ...data].entries()) {
        const type = position === 0 ? 'system' : 'data';
        const { regionId } = full;
        const snapshotId = of === null ? null : await snapshot(owner, { regionId, sourceDiskType: type, ...of });
        disks.push({
          imageId,
          position,
          snapshotId,
          device: `/dev/xvd${'abcdefg'[position]}`,
          type,
          sizeGib: of?.sourceDiskSizeGib ?? 20,
          format: 'RAW',
          category: null,
          importBucket: null,
          importObject: null,
        });
      }
      await write(async (tx) => {
        await tx.insertInto('images').values(full).execute();
        await tx.insertInto('imageDisks').values(disks).execute();
      });
      return imageId;
    },
    async snapshotsOf(imageId) {
      const rows = await read
        .selectFrom('imageDisks')
        .selectAll()
        .where('imageId', '=', imageId)
        .orderBy('position')
        .execute();
      return rows.flatMap((row) => row.snapshotId ?? []);
    },
    snapshot,
    disk,
    async instance(owner, row = {}, data = []) {
      const instanceId = row.id ?? id('i');
      const now = world.parts.clock.now();
      const full = instanceRow({
        accountId: owner.accountId,
        status: 'Running',
        everStarted: 1,
        createdAt: now,
        startedAt: now,
        ...row,
        id: instanceId,
      });
      await write((tx) => tx.insertInto('instances').values(full).execute());
      const diskIds: string[] = [];
      for (const [index, of] of [{ type: 'system' as const, imageId: full.imageId }, ...data].entries()) {
        const device = `/dev/xvd${'abcdefg'[index]}`;
        diskIds.push(await disk(owner, { instanceId, device, attachedAt: now, ...of }));
      }
      return { id: instanceId, diskIds };
    },
    async share(imageId, receiver) {
      const { accountId } = receiver;
      const share = {
        imageId,
        accountId,
        sharedAt: world.parts.clock.now(),
        isPending: 0,
        note: '',
        endsAt: null,
      } as const;
      await write((tx) => tx.insertInto('imageShares').values(share).execute());
    },
    limit: ({ accountId }, name, value) => write((tx) => setQuota(tx, { accountId, name, value })),
    async waitingJob(kind, owner, resourceId) {
      const regionId = 'cn-hangzhou';
      const of = { accountId: owner.accountId, regionId, resourceId, runAfter: Number.MAX_SAFE_INTEGER };
      await write(async (tx) => {
        const jobId = await enqueue(tx, { ...world.parts, idInfix: 'bp1' }, 'deleteFiles', { paths: [] }, of);
        await tx.updateTable('jobs').set({ kind, input: '{}' }).where('id', '=', jobId).execute();
      });
    },
    row: (table, rowId) =>
      read
        .selectFrom(table as 'images')
        .selectAll()
        .where('id', '=', rowId)
        .executeTakeFirst() as Promise<never>,
    async change(table, rowId, change) {
      await write((tx) =>
        tx
          .updateTable(table as 'images')
          .set(change as Partial<ImageRow>)
          .where('id', '=', rowId)
          .execute(),
      );
    },
    async refuses(code, status, call, { isHeld = false } = {}) {
      if (!isHeld) await world.settled();
      const dump = async () => {
        const rows: Record<string, unknown[]> = {};
        for (const table of TABLES) rows[table] = await read.selectFrom(table).selectAll().execute();
        return rows;
      };
      const before = await dump();
      let refusal: Refusal | undefined;
      await call().catch((error: Error) => (refusal = error));
      assert.ok(refusal, `${code} expected, but the call succeeded`);
      assert.equal(refusal.code, code, refusal.message);
      assert.equal(refusal.statusCode ?? refusal.entry?.response.statusCode, status, refusal.message);
      assert.deepEqual(await dump(), before);
      return refusal;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
