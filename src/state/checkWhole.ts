import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openChunkReader } from '../blocks/chunkReader.ts';
import { createHashSet } from '../blocks/hashSet.ts';
import { walkMap } from '../blocks/map.ts';
import { openRootKey } from '../keys/rootKey.ts';
import { openDatabase } from '../records/database.ts';
import type { DataFolder } from '../records/dataFolder.ts';
import { regionRoots, regionsWithRoots } from '../records/roots.ts';
import { findAnyKey } from '../records/tables/kmsKeys.ts';
import { allBlobs } from '../records/tables/objects.ts';
import { stateInvalid } from './format.ts';

type World = Pick<DataFolder, 'records' | 'regions' | 'objects' | 'rootKey'>;

/** Whether all is there that the records speak of; they are brought up to date. Throws WorldFault, `FormatTooNew` for newer records. */
export async function checkWhole(world: World): Promise<void> {
  if (!existsSync(world.records)) throw stateInvalid('it holds no records');
  await using database = await openDatabase(world.records);
  const db = database.read;
  openRootKey(world.rootKey, await findAnyKey(db));
  for (const blob of await allBlobs(db))
    if (!existsSync(join(world.objects, blob))) throw stateInvalid(`the object bytes ${blob} are missing`);
  for (const regionId of await regionsWithRoots(db))
    checkReached(join(world.regions, regionId), await regionRoots(db, regionId));
}

function checkReached(storeFolder: string, roots: readonly string[]): void {
  if (roots.length === 0) return;
  if (!existsSync(storeFolder)) throw stateInvalid(`${storeFolder} is missing`);
  const reader = openChunkReader(storeFolder);
  const seen = createHashSet();
  const check = (hash: Buffer) => {
    if (!reader.has(hash)) throw stateInvalid(`chunk ${hash.toString('hex')} is missing`);
  };
  const enter = (page: Buffer) => {
    if (seen.has(page)) return null;
    check(page);
    return reader.read(page);
  };
  try {
    for (const root of roots) for (const { hash } of walkMap(root, enter)) if (seen.add(hash)) check(hash);
  } finally {
    seen.close();
    reader.close();
  }
}
