import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  checkDisk,
  checkExport,
  checkSnapshots,
  checkStates,
  checkVerify,
  checkWhole,
  settled,
} from '../workload/checks.ts';
import { collectionsOnly, everything } from '../workload/mix.ts';
import { crashed } from '../workload/model.ts';
import { createRandom, type Random } from '../workload/random.ts';
import {
  DiedAtStart,
  isDying,
  killAll,
  processesOf,
  startProcess,
  type ServiceProcess,
} from '../workload/serviceProcess.ts';
import { openSession, type Session } from '../workload/session.ts';
import { createAccounts } from '../workload/setup.ts';
import { createWorkload, finish, runLane, type World } from '../workload/workload.ts';

export interface CrashOptions {
  points: number;
  seed: number;
  /** Called after each point. */
  onPoint?: (point: number, how: string) => void;
}

export interface CrashResult {
  points: number;
  /** How the service died: count. */
  deaths: Map<string, number>;
  /** Verbs that came to their end: count. */
  done: Map<string, number>;
}

const IN_ORDER = 'stopped in order';
const LANES = 4;
const LIMITS = { images: 8, snapshots: 10, disks: 7, instances: 3 };
const REGIONS = ['cn-hangzhou', 'cn-beijing'];
/** When nothing of the wanted kind happened by then, the service is killed anyway. */
const LONGEST_WORK_MS = 600;

/**
 * One data folder, one service, killed again and again at moments that the seed chooses; after each restart everything is checked
 * that is promised. Throws, naming the point, at the first broken promise.
 */
export async function runCrashSuite({ points, seed, onPoint }: CrashOptions): Promise<CrashResult> {
  const root = mkdtempSync(join(tmpdir(), 'tj-crash-'));
  const where = { dataDir: join(root, 'data'), logFile: join(root, 'service.log') };
  mkdirSync(join(root, 'files'));
  const random = createRandom(seed);
  const result: CrashResult = { points: 0, deaths: new Map(), done: new Map() };
  let isFine = false;
  try {
    const world = await begin(where, join(root, 'files'), seed);
    result.done = world.done;
    while (result.points < points) {
      // Drawn here alone: how one point goes does not move the next one's choices.
      const how = await onePoint(world, where, createRandom(random.below(2 ** 32)));
      if (how === IN_ORDER) continue;
      result.points++;
      const kind = how.replace(/ \d+/, '');
      result.deaths.set(kind, (result.deaths.get(kind) ?? 0) + 1);
      onPoint?.(result.points, how);
    }
    await withService(where, async (session) => {
      await checkAll(world, session, random, true);
    });
    isFine = true;
    return result;
  } catch (error) {
    const log = tail(where.logFile);
    throw new Error(`seed ${seed}, point ${result.points + 1} (in ${root}): ${String(error)}\n${log}`, {
      cause: error,
    });
  } finally {
    killAll(where.dataDir);
    if (isFine || !process.env['KEEP']) rmSync(root, { recursive: true, force: true });
  }
}

interface Where {
  dataDir: string;
  logFile: string;
}

const tail = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').slice(-3000);
  } catch {
    return '';
  }
};

async function begin(where: Where, scratchDir: string, seed: number): Promise<World> {
  return withService(where, async (session) => {
    const { accounts, places } = await createAccounts(session, ['partner'], REGIONS);
    return createWorkload({ accounts, places, scratchDir, seed, limits: LIMITS });
  });
}

async function withService<T>(where: Where, work: (session: Session) => Promise<T>): Promise<T> {
  const process = await startProcess(where);
  using session = openSession(process, where.dataDir);
  const result = await work(session);
  await process.stop();
  return result;
}

/** A start, the checks, some work, a death. Answers how it died. */
async function onePoint(world: World, where: Where, random: Random): Promise<string> {
  const cut = random.chance(0.75) ? chooseCut(random) : undefined;
  const workMs = cut ? LONGEST_WORK_MS : 50 + random.below(LONGEST_WORK_MS - 50);
  const killed = random.chance(0.35) ? random.pick(['all', 'some'] as const) : 'none';
  const isCollecting = random.chance(0.4);
  const isOrderly = !cut && random.chance(0.3);
  const lanes = Array.from({ length: LANES }, () => random.fork());
  let service: ServiceProcess;
  try {
    service = await startProcess({ ...where, ...(cut && { cut }) });
  } catch (error) {
    if (error instanceof DiedAtStart) return `at start: ${cut}`;
    throw error;
  }
  using session = openSession(service, where.dataDir);
  try {
    await checkAll(world, session, random, false);
  } catch (error) {
    if (!(await isDying(service))) throw error;
    return `at recovery: ${cut}`;
  }
  if (cut) process.kill(service.pid, 'SIGUSR2');
  let isOver = false;
  const working = Promise.all(
    lanes.map((lane, index) =>
      runLane(world, session, index === 0 && isCollecting ? collectionsOnly : everything, lane, () => isOver),
    ),
  );
  await Promise.race([delay(workMs), service.ended, working]);
  isOver = true;
  if (isOrderly && service.isAlive) {
    // Volumes end with it, and their clients.
    for (const disk of world.model.disks.values()) crashed(disk);
    assert.equal(await service.stop(), 'exit 0', 'a stop in the middle of work');
    await working;
    return IN_ORDER;
  }
  const how = service.isAlive ? 'at work: from outside' : `at work: ${cut}`;
  await service.kill();
  if (killed !== 'none') killVolumes(world, session, killed === 'some' ? random : null);
  await working;
  return how;
}

/** Volumes live in processes of their own, which the end of a whole machine takes with it. */
function killVolumes(world: World, { rows, dataDir }: Session, random: Random | null): void {
  for (const { pid, commandLine } of processesOf(dataDir)) {
    if (random?.chance(0.5)) continue;
    process.kill(pid, 'SIGKILL');
    for (const disk of world.model.disks.values()) {
      const volumeId = rows.disk(disk.id)?.volumeId;
      // One that is being changed may have had another volume a moment ago.
      if (world.locks.has(disk.id) || !volumeId || commandLine.includes(volumeId)) crashed(disk);
    }
  }
}

function chooseCut(random: Random): string {
  const phase = random.chance(0.25) ? 'start' : 'work';
  const kind = random.pick(['commit', 'commit', 'write', 'sync', 'name', 'any', 'any']);
  // Small numbers as often as large ones; commits and the like are many, syncs few.
  const most = kind === 'commit' || kind === 'any' ? 40 : 12;
  const nth = Math.ceil(most ** random.next());
  return `${kind} ${nth} ${random.pick(['before', 'after'])} ${phase}`;
}

/** All that is promised after a restart. */
async function checkAll(world: World, session: Session, random: Random, isLast: boolean): Promise<void> {
  await settled(session);
  checkStates(session);
  const disks = [...world.model.disks.values()].filter(({ id }) => !world.locks.has(id) && session.rows.disk(id));
  const unsure = disks.filter((disk) => isLast || !disk.isChecked || random.chance(0.15));
  await Promise.all([checkVerify(session), ...unsure.map((disk) => checkDisk(session, disk, random))]);
  checkSnapshots(world, session);
  await finish(world, session);
  await checkWhole(world, session);
  const snapshots = [...world.model.snapshots.values()];
  for (const { id, content } of isLast ? snapshots : snapshots.slice(0, Number(random.chance(0.2)))) {
    await checkExport(session, id, content);
  }
}
