import { WorldFault } from '../../base/worldFault.ts';
import { enqueue, garbageOf } from '../../jobs/queue.ts';
import { regionRoots, rootKeys } from '../../records/roots.ts';
import { findRegion } from '../../rules/regions.ts';
import { isOver, line, PROGRESS_EVERY_MS, sayingFaults } from './lines.ts';
import { badField, type Core, type OperatorRequest, type Route } from './parts.ts';

/** What each region's store and each volume occupies. */
export const usage: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const regions = [];
  for (const regionId of await regionsIn(core, body))
    regions.push({ regionId, ...(await core.blocks.usage(regionId)) });
  const disks = await core.database.read.selectFrom('disks').select(['id', 'volumeId']).execute();
  const volumes = [];
  for (const { id, volumeId } of disks) {
    const used = await core.volumes.usage(volumeId).catch(noVolume);
    if (used) volumes.push({ diskId: id, ...used });
  }
  return { json: { regions, volumes } };
};

/** Not made yet, or gone since its row was read. */
function noVolume(error: unknown): null {
  if (error instanceof WorldFault && error.code === 'VolumeMissing') return null;
  throw error;
}

/** `{regionId?}`: has what nothing reaches collected now. The jobs tell when. */
export const collect: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const accountId = core.operator.account.id;
  const regionIds = await regionsIn(core, body);
  const jobIds = await core.database.write(async (tx) => {
    const ids: string[] = [];
    for (const regionId of regionIds) {
      const idInfix = findRegion(regionId)!.idInfix;
      const options = { accountId, regionId, resourceId: garbageOf(regionId) };
      ids.push(await enqueue(tx, { ...core, idInfix }, 'collectGarbage', { regionId }, options));
    }
    return ids;
  });
  core.jobs.wake();
  return { json: { jobIds } };
};

/**
 * `{regionId?}`: re-hashes everything that is reachable. One JSON document per line: `{regionId, doneBytes, totalBytes}` as it goes, `{regionId,
 * checkedChunks, damaged: [{hash, reason, affected: […]}]}` at the end of each region, `{isClean}` or `{code, message}` last.
 */
export const verify: Route['run'] = async ({ body }, parts) => {
  const core = parts.core();
  const regionIds = await regionsIn(core, body);
  return { text: sayingFaults(verifyRegions(core, regionIds)), contentType: 'application/x-ndjson' };
};

/** Those that are to be had: what is encrypted under others is checked as far as that goes without. */
async function keysOfRoots({ database, keys }: Core, regionId: string) {
  const opened = new Map<string, Awaited<ReturnType<typeof keys.open>>>();
  for (const [root, keyId] of await rootKeys(database.read, regionId)) {
    const key = await keys.open(keyId).catch(ifShut);
    if (key) opened.set(root, key);
  }
  return opened;
}

function ifShut(error: unknown): null {
  if (error instanceof WorldFault && error.code === 'KeyUnavailable') return null;
  throw error;
}

async function* verifyRegions(core: Core, regionIds: readonly string[]): AsyncGenerator<string> {
  let isClean = true;
  for (const regionId of regionIds) {
    const controller = new AbortController();
    let progress = { doneBytes: 0, totalBytes: 0 };
    const verifying = core.blocks.verify(regionId, await regionRoots(core.database.read, regionId), {
      keys: await keysOfRoots(core, regionId),
      signal: controller.signal,
      onProgress: (now) => (progress = now),
    });
    try {
      while (!(await isOver(verifying, PROGRESS_EVERY_MS))) yield line({ regionId, ...progress });
      const { checkedChunks, damaged } = await verifying;
      if (damaged.length > 0) isClean = false;
      const named = [];
      for (const { hash, reason, roots } of damaged)
        named.push({ hash, reason, affected: await reaching(core, regionId, roots) });
      yield line({ regionId, checkedChunks, damaged: named });
    } finally {
      // The reader went away: nobody needs the rest.
      controller.abort();
    }
  }
  yield line({ isClean });
}

/** Ids of the images, snapshots and disks that the roots belong to. */
async function reaching({ database }: Core, regionId: string, roots: readonly string[]): Promise<string[]> {
  if (roots.length === 0) return [];
  const { read } = database;
  const snapshots = await read
    .selectFrom('snapshots')
    .select('id')
    .where('regionId', '=', regionId)
    .where('root', 'in', roots)
    .execute();
  const images = await read
    .selectFrom('imageDisks')
    .innerJoin('images', 'images.id', 'imageDisks.imageId')
    .innerJoin('snapshots', 'snapshots.id', 'imageDisks.snapshotId')
    .select('images.id')
    .distinct()
    .where('images.deletedAt', 'is', null)
    .where('snapshots.regionId', '=', regionId)
    .where('snapshots.root', 'in', roots)
    .execute();
  const disks = await read
    .selectFrom('disks')
    .select('id')
    .where('regionId', '=', regionId)
    .where((eb) => eb.or([eb('baseRoot', 'in', roots), eb('lastRoot', 'in', roots)]))
    .execute();
  return [...images, ...snapshots, ...disks].map(({ id }) => id);
}

/** The region asked for, else every one that holds anything. */
async function regionsIn({ database }: Core, body: OperatorRequest['body']): Promise<string[]> {
  const asked = body['regionId'];
  if (asked !== undefined) {
    if (typeof asked !== 'string' || !findRegion(asked)) throw badField('regionId', 'a region');
    return [asked];
  }
  const { read } = database;
  const held = await read
    .selectFrom('snapshots')
    .select('regionId')
    .union(read.selectFrom('disks').select('regionId'))
    .union(read.selectFrom('jobs').select('regionId').where('kind', '=', 'collectGarbage'))
    .execute();
  return held.map(({ regionId }) => regionId).sort();
}
