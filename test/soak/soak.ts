import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkDisk, checkExport, checkSnapshots, checkVerify, checkWhole } from '../workload/checks.ts';
import { collectionsOnly, everything } from '../workload/mix.ts';
import { createRandom, type Random } from '../workload/random.ts';
import { killAll, startProcess } from '../workload/serviceProcess.ts';
import { openSession, type Session } from '../workload/session.ts';
import { createAccounts } from '../workload/setup.ts';
import { createWorkload, runLane, type World } from '../workload/workload.ts';

export interface SoakOptions {
  minutes: number;
  seed: number;
}

export interface SoakResult {
  /** Verbs that came to their end: count. */
  done: Map<string, number>;
  /** Times that everything was compared. */
  checks: number;
  storedBytes: number;
}

const LANES = 6;
const LIMITS = { images: 16, snapshots: 24, disks: 12, instances: 6 };
const CHECK_EVERY_MS = 30_000;

/**
 * Several accounts in two regions do everything at once, for so long; now and then all stop, and everything that there is is compared
 * with what there must be. Throws at the first byte that is lost or left.
 */
export async function runSoak({ minutes, seed }: SoakOptions): Promise<SoakResult> {
  const root = mkdtempSync(join(tmpdir(), 'tj-soak-'));
  const where = { dataDir: join(root, 'data'), logFile: join(root, 'service.log') };
  mkdirSync(join(root, 'files'));
  const random = createRandom(seed);
  try {
    const service = await startProcess(where);
    using session = openSession(service, where.dataDir);
    const { accounts, places } = await createAccounts(session, ['east', 'west'], ['cn-hangzhou', 'cn-beijing']);
    const world = createWorkload({ accounts, places, scratchDir: join(root, 'files'), seed, limits: LIMITS });
    const endsAt = performance.now() + minutes * 60_000;
    let checks = 0;
    do {
      const pausesAt = Math.min(endsAt, performance.now() + CHECK_EVERY_MS);
      const isOver = () => performance.now() >= pausesAt;
      const lanes = Array.from({ length: LANES }, (_, index) =>
        runLane(world, session, index === 0 ? collectionsOnly : everything, random.fork(), isOver),
      );
      await Promise.all(lanes);
      if (!service.isAlive) throw new Error(`the service ended: ${await service.ended}`);
      await checkEverything(world, session, random);
      checks++;
    } while (performance.now() < endsAt);
    const { regions } = await session.operator<{ regions: { storedBytes: number }[] }>('GET', 'usage');
    const how = await service.stop();
    if (how !== 'exit 0') throw new Error(`the service did not stop in order: ${how}`);
    return { done: world.done, checks, storedBytes: regions.reduce((sum, region) => sum + region.storedBytes, 0) };
  } catch (error) {
    const log = readFileSync(where.logFile, 'utf8').slice(-3000);
    throw new Error(`seed ${seed}: ${String(error)}\n${log}`, { cause: error });
  } finally {
    killAll(where.dataDir);
    rmSync(root, { recursive: true, force: true });
  }
}

async function checkEverything(world: World, session: Session, random: Random): Promise<void> {
  await checkWhole(world, session);
  await checkVerify(session);
  checkSnapshots(world, session);
  for (const disk of world.model.disks.values()) await checkDisk(session, disk, random);
  for (const { id, content } of world.model.snapshots.values()) await checkExport(session, id, content);
}

/** One line for people. */
export function summary({ done, checks, storedBytes }: SoakResult, minutes: number): string {
  const total = [...done.values()].reduce((sum, count) => sum + count, 0);
  const verbs = [...done].sort(([, a], [, b]) => b - a).map(([name, count]) => `${name} ${count}`);
  return `soak ${minutes} min: ${total} verbs (${verbs.join(', ')}), ${checks} full checks, ${(storedBytes / 1024 ** 2).toFixed(1)} MiB stored: 0 lost, 0 leaked`;
}
