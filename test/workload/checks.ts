import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BLOCK_BYTES, settle } from './content.ts';
import { known, type ModelDisk } from './model.ts';
import { openNbd, type NbdClient } from './nbdClient.ts';
import { processesOf } from './serviceProcess.ts';
import type { Random } from './random.ts';
import type { Session } from './session.ts';
import { compareStored, reachable, stored } from './storeWalk.ts';
import type { World } from './workload.ts';

export const regionFolder = (dataDir: string, regionId: string): string => join(dataDir, 'regions', regionId);

/** Nothing runs, and nothing waits but collections that have time. */
export async function settled(session: Session): Promise<void> {
  await session.until('all jobs are over', () => {
    const open = session.rows.openJobs();
    const isLater = (job: (typeof open)[number]) =>
      job.kind === 'collectGarbage' && job.status === 'waiting' && job.attempts === 0 && job.runAfter > Date.now();
    return open.every(isLater) || undefined;
  });
}

/** No row is in between; what failed had a reason to. */
export function checkStates({ rows }: Session): void {
  for (const table of ['images', 'snapshots', 'disks', 'instances'] as const) {
    for (const { id, status } of rows.all(table)) {
      assert.ok(!TRANSITIONAL.has(status), `${id} is still ${status} though no job is under way`);
    }
  }
  for (const { id, kind, errorCode, errorMessage, status } of rows.failedJobs()) {
    const isFine =
      (status === 'cancelled' && kind === 'copyImage') ||
      // Another one was wanted sooner.
      (status === 'cancelled' && kind === 'collectGarbage') ||
      // A freeze ends with the process that holds it.
      (kind === 'createSnapshots' && errorCode === 'FreezeLost');
    assert.ok(isFine, `job ${id} (${kind}) ${status}: ${errorCode} ${errorMessage}`);
  }
}

const TRANSITIONAL = new Set(
  'Waiting Creating progressing Attaching Detaching ReIniting Pending Starting Stopping'.split(' '),
);

/** The model and the records know the same things, and share opinions on them. */
export function checkInventory(world: World, { rows }: Session): void {
  const { model } = world;
  const compare = (what: string, expected: Iterable<string>, found: readonly { id: string }[]) =>
    assert.deepEqual(
      found.map(({ id }) => id).sort(),
      [...expected].sort(),
      `${what} that should be there and that are`,
    );
  compare('images', model.images.keys(), rows.all('images'));
  compare('snapshots', model.snapshots.keys(), rows.all('snapshots'));
  compare('disks', model.disks.keys(), rows.all('disks'));
  compare('instances', model.instances.keys(), rows.all('instances'));
  for (const disk of model.disks.values()) {
    const row = rows.disk(disk.id)!;
    assert.equal(row.instanceId, disk.instanceId, `instance of ${disk.id}`);
    assert.equal(row.sizeGib * 1024 ** 3, disk.sizeBytes, `size of ${disk.id}`);
  }
  for (const instance of model.instances.values()) {
    assert.equal(rows.instance(instance.id)!.status, instance.isRunning ? 'Running' : 'Stopped');
  }
}

/** Reads a disk over NBD, where it may hold anything and here and there; what is found is flushed and known from now on. */
export async function checkDisk(session: Session, disk: ModelDisk, random: Random): Promise<void> {
  const client = await openNbd(await session.socketOf(disk.id));
  const faults: string[] = [];
  const look = async (from: number, count: number) => {
    const bytes = await client.read(from * BLOCK_BYTES, count * BLOCK_BYTES);
    for (let at = 0; at < count; at++) {
      const fault = settle(disk.now, from + at, bytes.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES));
      if (fault) faults.push(fault);
    }
  };
  assert.equal(client.sizeBytes, disk.sizeBytes, `NBD size of ${disk.id}`);
  const blocks = new Set([...disk.now.keys(), ...disk.afterCrash.keys()]);
  for (let some = 8; some > 0; some--) blocks.add(random.below(disk.sizeBytes / BLOCK_BYTES));
  await inParallel(runsOf([...blocks]), ([from, count]) => look(from, count));
  assert.deepEqual(faults, [], `content of disk ${disk.id}`);
  await client.flush();
  known(disk);
  await client.close();
}

/** A snapshot or image through its own read-only export. */
export async function checkExport(session: Session, id: string, content: ModelDisk['now']): Promise<void> {
  const client: NbdClient = await openNbd(await session.socketOf(id));
  const faults: string[] = [];
  await inParallel(runsOf([...content.keys()]), async ([from, count]) => {
    const bytes = await client.read(from * BLOCK_BYTES, count * BLOCK_BYTES);
    for (let at = 0; at < count; at++) {
      const fault = settle(content, from + at, bytes.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES));
      if (fault) faults.push(fault);
    }
  });
  await client.close();
  assert.deepEqual(faults, [], `content of ${id} over NBD`);
}

/** Neighbours together: [from, count], at most 1 MiB. */
function runsOf(blocks: number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const block of blocks.sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && last[0] + last[1] === block && last[1] < 256) last[1]++;
    else runs.push([block, 1]);
  }
  return runs;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

/** All bytes of every snapshot, images' own ones included. */
export function checkSnapshots(world: World, { rows, dataDir }: Session): void {
  for (const snapshot of world.model.snapshots.values()) {
    if (world.locks.has(snapshot.id)) continue;
    const row = rows.snapshot(snapshot.id);
    assert.ok(row, `snapshot ${snapshot.id} is lost`);
    assert.equal(row.status, 'accomplished', `snapshot ${snapshot.id}`);
    const faults = compareStored(regionFolder(dataDir, row.regionId), row.root, snapshot.content);
    assert.deepEqual(faults, [], `content of snapshot ${snapshot.id}`);
  }
}

/** The service's own opinion of its bytes. */
export async function checkVerify(session: Session): Promise<void> {
  const lines = await session.operatorLines('verify', {});
  assert.deepEqual(lines.at(-1), { isClean: true }, `verify: ${JSON.stringify(lines)}`);
}

export async function collect(session: Session): Promise<void> {
  const { jobIds } = await session.operator<{ jobIds: string[] }>('POST', 'gc', {});
  await session.until('garbage is collected', () => {
    const open = new Set(session.rows.openJobs().map(({ id }) => id));
    return !jobIds.some((id) => open.has(id)) || undefined;
  });
}

/** After a collection: what is stored is what is reachable, no more and no less, and nothing lies about. */
export function checkNothingLeft({ rows, dataDir, process }: Session): void {
  const folder = join(dataDir, 'regions');
  for (const regionId of existsSync(folder) ? readdirSync(folder) : []) {
    const store = regionFolder(dataDir, regionId);
    const { chunks, segments, files } = stored(store);
    const wanted = reachable(store, rows.roots(regionId));
    assert.deepEqual([...wanted.difference(chunks)], [], `${regionId}: reachable chunks that are not stored`);
    assert.deepEqual([...chunks.difference(wanted)], [], `${regionId}: stored chunks that nothing reaches`);
    assert.deepEqual(files, segments, `${regionId}: segment files, and those of the index`);
  }
  const volumes = join(dataDir, 'volumes');
  const volumeIds = new Set(rows.volumeIds());
  const strayFolders = readdirSync(volumes).filter((name) => !volumeIds.has(name));
  assert.deepEqual(strayFolders, [], 'volume folders of no disk');
  const commandLines = processesOf(dataDir)
    .filter(({ pid }) => pid !== process.pid)
    .map(({ commandLine }) => commandLine);
  for (const commandLine of commandLines) {
    const isKnown = [...volumeIds].some((id) => commandLine.includes(id)) || commandLine.includes('"folder":null');
    assert.ok(isKnown, `a process of no disk: ${commandLine}`);
  }
  const run = join(dataDir, 'run');
  const sockets = readdirSync(run).filter((name) => /\.(control|nbd)$/.test(name));
  // A volume whose process was killed has them until its next one.
  const isWanted = (name: string) =>
    volumeIds.has(name.replace(/\.\w+$/, '')) || commandLines.some((line) => line.includes(join(run, name)));
  const straySockets = sockets.filter((name) => !isWanted(name));
  assert.deepEqual(straySockets, [], 'sockets of no process and no volume');
}

/** With nothing under way: what is there is what should be, row by row and chunk by chunk. */
export async function checkWhole(world: World, session: Session): Promise<void> {
  await settled(session);
  checkStates(session);
  checkInventory(world, session);
  await collect(session);
  checkNothingLeft(session);
}
