import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClock, type Clock } from '../../src/base/clock.ts';
import { createIds, type Ids } from '../../src/base/ids.ts';
import { silentLog } from '../../src/base/log.ts';
import type { Job, JobParts, JobTable } from '../../src/jobs/job.ts';
import type { JobInputs, JobKind } from '../../src/jobs/kinds.ts';
import { kinds } from '../../src/jobs/kinds/index.ts';
import { enqueue, type EnqueueOptions } from '../../src/jobs/queue.ts';
import { createRunner, type Runner } from '../../src/jobs/runner.ts';
import { noKeys } from './noKeys.ts';
import { createAgents } from '../../src/machines/agent/agents.ts';
import { noMachines } from '../../src/machines/none.ts';
import { openDatabase, type Database, type Tx } from '../../src/records/database.ts';
import type { JobRow } from '../../src/records/tables/jobs.ts';
import { createDataPlane, type DataPlane } from './dataPlane.ts';

/** A job queue over a real database and a data plane in memory, in a time that stands still. */
export interface JobWorld extends AsyncDisposable {
  database: Database;
  plane: DataPlane;
  clock: Clock;
  ids: Ids;
  runner: Runner;
  write: Database['write'];
  /** Enqueues in a transaction of its own and wakes the runner. */
  enqueue<K extends JobKind>(kind: K, input: JobInputs[K], options?: Partial<EnqueueOptions>): Promise<string>;
  enqueueIn<K extends JobKind>(
    tx: Tx,
    kind: K,
    input: JobInputs[K],
    options?: Partial<EnqueueOptions>,
  ): Promise<string>;
  job(id: string): Promise<JobRow>;
  jobs(kind: JobKind): Promise<JobRow[]>;
  /** As after a kill: nothing of the old runner is heard of again. */
  restart(): Promise<void>;
}

/** `overrides` stand in for kinds, with whatever input. */
export async function createJobWorld(
  overrides: { [K in JobKind]?: Job<never> } = {},
  machines = noMachines,
): Promise<JobWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'tongjing-jobs-'));
  const database = await openDatabase(join(folder, 'records.db'));
  const plane = createDataPlane();
  const clock = createClock(0, () => 1_800_000_000_000);
  const ids = createIds();
  const { blocks, volumes, transfers } = plane;
  const parts: JobParts = {
    database,
    clock,
    ids,
    log: silentLog,
    blocks,
    volumes,
    transfers,
    keys: noKeys,
    machines,
    agents: createAgents(machines),
    bootProofSeconds: 1,
    objectPath: (blob) => join('/nowhere', blob),
    objects: { writing: () => assert.fail('no job of this world writes objects') },
  };
  const table = { ...kinds, ...overrides } as JobTable;
  const create = () => createRunner({ ...parts, kinds: table, random: () => 1 });
  let runner = create();
  await runner.start();

  const enqueueIn: JobWorld['enqueueIn'] = (tx, kind, input, options) =>
    enqueue(tx, { clock, ids, idInfix: 'bp1' }, kind, input, {
      accountId: '1000000000000001',
      regionId: 'cn-hangzhou',
      resourceId: 'r-1',
      ...options,
    });

  return {
    database,
    plane,
    clock,
    ids,
    get runner() {
      return runner;
    },
    write: database.write,
    enqueueIn,
    async enqueue(kind, input, options) {
      const id = await database.write((tx) => enqueueIn(tx, kind, input, options));
      runner.wake();
      return id;
    },
    job: (id) => database.read.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
    jobs: (kind) => database.read.selectFrom('jobs').selectAll().where('kind', '=', kind).orderBy('sequence').execute(),
    async restart() {
      runner = create();
      await runner.start();
    },
    async [Symbol.asyncDispose]() {
      await runner.stop();
      await database[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}
