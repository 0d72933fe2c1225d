import { ServiceGone } from './client.ts';
import { BLOCK_BYTES, blockOf, type Content } from './content.ts';
import { isCalm, writing } from './diskVerbs.ts';
import { ignoring, shuffled } from './imageVerbs.ts';
import { crashed, flushed, writeBegins, writeEnded, type ModelDisk } from './model.ts';
import { openNbd, type NbdClient } from './nbdClient.ts';
import type { Random } from './random.ts';
import { isDying, processesOf } from './serviceProcess.ts';
import type { Session } from './session.ts';
import { tokenOf, type Verb, type World } from './workload.ts';

const BLOCKS_PER_CHUNK = 64;

const hasRoomForSnapshots = (world: World): boolean => world.model.snapshots.size < world.limits.snapshots;

export const createSnapshot: Verb = (world, random) => {
  if (!hasRoomForSnapshots(world)) return null;
  const disks = [...world.model.disks.values()];
  const [disk] = shuffled(
    random,
    disks.filter((one) => one.wasAttached && !world.locks.has(one.id)),
  );
  if (!disk) return null;
  const take = planSnapshot(world, disk);
  return {
    what: `snapshot ${disk.id}`,
    locks: [disk.id],
    run: async (session) => take.stored(session, await take.taken(session)),
  };
};

/**
 * Many chunks are written, a snapshot is taken, and at once the same blocks are overwritten, the last first: before its upload can have
 * read them all.
 */
export const snapshotUnderWrites: Verb = (world, random) => {
  if (!hasRoomForSnapshots(world)) return null;
  const disks = [...world.model.disks.values()];
  const [disk] = shuffled(
    random,
    disks.filter((one) => one.wasAttached && isCalm(world, one)),
  );
  if (!disk) return null;
  const first = random.below(20) * BLOCKS_PER_CHUNK + random.below(BLOCKS_PER_CHUNK);
  const blocks = Array.from({ length: 24 + random.below(24) }, (_, index) => first + index * BLOCKS_PER_CHUNK);
  const round = (isFlushed: boolean): Round => ({
    writes: blocks.map((from) => ({ from, tags: [world.nextTag()] })),
    isFlushed,
  });
  const before = round(random.chance(0.5));
  const after = round(random.chance(0.5));
  after.writes.reverse();
  const take = planSnapshot(world, disk);
  return {
    what: `snapshotUnderWrites ${disk.id}`,
    locks: [disk.id, writing(disk.id)],
    async run(session) {
      if (!take.wasTaken()) await writeRounds(session, disk, [before]);
      const id = await take.taken(session);
      await writeRounds(session, disk, [after]);
      await take.stored(session, id);
    },
  };
};

function planSnapshot(world: World, disk: ModelDisk) {
  const token = tokenOf(world);
  const holding = watch([disk]);
  let content: Content | undefined;
  let hasFailed = false;
  let isTaken = false;
  let isStored = false;
  return {
    wasTaken: () => isTaken,
    /** From here on nothing that is written is in it. */
    async taken(session: Session): Promise<string> {
      [content] = holding.begin();
      const request = { DiskId: disk.id, ClientToken: token };
      const { SnapshotId } = await session.api<{ SnapshotId: string }>(disk.account, 'CreateSnapshot', request);
      holding.end();
      isTaken = true;
      return SnapshotId;
    },
    /** Once: a plan that a crash interrupts afterwards runs again, when others may have deleted the snapshot. */
    async stored(session: Session, id: string): Promise<void> {
      if (isStored) return;
      const status = await session.until(`snapshot ${id} is stored`, () => {
        const snapshot = session.rows.snapshot(id);
        return snapshot?.status === 'progressing' ? undefined : (snapshot?.status ?? 'gone');
      });
      if (status === 'accomplished') {
        const { account, regionId, sizeBytes, isSystem } = disk;
        const snapshot = { id, account, regionId, sizeBytes, isSystem, diskId: disk.id, content: content! };
        world.model.snapshots.set(id, snapshot);
        isStored = true;
        return;
      }
      hasFailed ||= status === 'failed' && holding.wasKilled();
      if (!hasFailed) throw new Error(`snapshot ${id} became ${status}`);
      await ignoring('InvalidSnapshotId.NotFound', () =>
        session.api(disk.account, 'DeleteSnapshot', { SnapshotId: id }),
      );
    },
  };
}

/** What a snapshot of the disks may hold: what they held at one moment between `begin` and `end`. */
export function watch(disks: readonly ModelDisk[]): {
  /** Once, however often the plan runs. */
  begin(): Content[];
  end(): void;
  /** Whether a disk's process was killed since the beginning, which a freeze does not survive. */
  wasKilled(): boolean;
} {
  let contents: Content[] | null = null;
  let crashes = 0;
  const count = () => disks.reduce((sum, disk) => sum + disk.crashes, 0);
  return {
    begin() {
      if (contents) return contents;
      crashes = count();
      contents = disks.map((disk) => {
        const content = new Map(disk.now);
        disk.watchers.add(content);
        return content;
      });
      return contents;
    },
    wasKilled: () => count() > crashes,
    end() {
      for (const [index, disk] of disks.entries()) disk.watchers.delete(contents![index]!);
    },
  };
}

/** Writes of up to 80 KiB and zeroes, several at once, flushed or not. */
export const writeDisk: Verb = (world, random) => {
  const disks = [...world.model.disks.values()];
  const [disk] = shuffled(
    random,
    disks.filter((one) => !world.locks.has(writing(one.id))),
  );
  if (!disk) return null;
  const rounds = Array.from({ length: 1 + random.below(4) }, (): Round => ({
    writes: chooseWrites(world, random, disk),
    isFlushed: random.chance(0.6),
  }));
  return {
    what: `write ${disk.id}`,
    locks: [writing(disk.id)],
    run: (session) => writeRounds(session, disk, rounds),
  };
};

async function writeRounds(session: Session, disk: ModelDisk, rounds: readonly Round[]): Promise<void> {
  for (;;) {
    const { crashes } = disk;
    try {
      const client = await openNbd(await session.socketOf(disk.id));
      for (const round of rounds) await writeRound(client, disk, round);
      return await client.close();
    } catch (error) {
      if (disk.crashes === crashes) {
        // A service that stops closes disks that it said a moment ago where to find.
        if (await isDying(session.process)) throw new ServiceGone('writing', { cause: error });
        throw error;
      }
      // Its process was killed: what is written again is what was written.
      if (!session.process.isAlive) throw new ServiceGone('writing', { cause: error });
    }
  }
}

async function writeRound(client: NbdClient, disk: ModelDisk, { writes, isFlushed }: Round): Promise<void> {
  const { crashes } = disk;
  await Promise.all(
    writes.map(async ({ from, tags }) => {
      for (const [index, tag] of tags.entries()) writeBegins(disk, from + index, tag);
      const isZero = tags.every((tag) => tag === 0);
      if (isZero) await client.writeZeroes(from * BLOCK_BYTES, tags.length * BLOCK_BYTES);
      else await client.write(from * BLOCK_BYTES, Buffer.concat(tags.map(blockOf)));
      for (const [index, tag] of tags.entries()) writeEnded(disk, from + index, tag, crashes);
    }),
  );
  if (!isFlushed) return;
  await client.flush();
  flushed(disk, [...disk.afterCrash.keys()], crashes);
}

/**
 * Overwrites what is there, flushes nothing, and kills the volume's process: the service goes on with another one, and the snapshot
 * after it has what became of the writes, though the one before it had those blocks.
 */
export const killVolume: Verb = (world, random) => {
  const [disk] = shuffled(
    random,
    [...world.model.disks.values()].filter((one) => isCalm(world, one)),
  );
  if (!disk) return null;
  const hasRoom = world.model.snapshots.size + 2 <= world.limits.snapshots;
  const takes = disk.wasAttached && hasRoom ? [planSnapshot(world, disk), planSnapshot(world, disk)] : [];
  const present = shuffled(random, [...disk.now.keys()]).slice(0, 10);
  const writes = present.map((from) => ({ from, tags: [world.nextTag()] }));
  return {
    what: `killVolume of ${disk.id}`,
    locks: [disk.id, writing(disk.id)],
    async run(session) {
      const [before, after] = takes;
      if (before) await before.stored(session, await before.taken(session));
      await writeRounds(session, disk, [{ writes, isFlushed: false }]);
      const { volumeId } = session.rows.disk(disk.id)!;
      for (const { pid, commandLine } of processesOf(session.dataDir)) {
        if (commandLine.includes(volumeId)) process.kill(pid, 'SIGKILL');
      }
      crashed(disk);
      if (after) await after.stored(session, await after.taken(session));
    },
  };
};

interface Round {
  writes: Write[];
  isFlushed: boolean;
}

interface Write {
  from: number;
  tags: number[];
}

/** Blocks that do not overlap, where disks are used most, and now and then where few look. */
function chooseWrites(world: World, random: Random, disk: ModelDisk): Write[] {
  const count = disk.sizeBytes / BLOCK_BYTES;
  const taken = new Set<number>();
  const writes: Write[] = [];
  for (let wanted = 1 + random.below(8); wanted > 0; wanted--) {
    const span = random.chance(0.8) ? 2048 : count;
    const length = random.chance(0.4) ? 1 : 1 + random.below(20);
    const from = Math.min(random.below(span), count - length);
    const blocks = Array.from({ length }, (_, index) => from + index);
    if (blocks.some((block) => taken.has(block))) continue;
    for (const block of blocks) taken.add(block);
    const isZero = random.chance(0.1);
    writes.push({ from, tags: blocks.map(() => (isZero ? 0 : world.nextTag())) });
  }
  return writes;
}
