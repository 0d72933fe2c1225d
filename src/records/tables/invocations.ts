import {
  isOver,
  overallRecordStatus,
  overallStatus,
  type InvocationStatus,
  type RunFault,
  type RunStatus,
} from '../../rules/commands.ts';
import type { Db } from '../database.ts';
import type { Flag } from '../schema.ts';
import { inWindow, type ListWindow } from '../window.ts';
import { deleteTags, type idsWithTags } from './tags.ts';

/** How a command is run. */
export interface CommandSpec {
  type: 'RunShellScript';
  workingDir: string;
  username: string;
  terminationMode: 'Process' | 'ProcessTree';
  enableParameter: boolean;
  parameters: Readonly<Record<string, string>>;
}

/** How a file is placed. */
export interface FileSpec {
  contentType: 'PlainText' | 'Base64';
  targetDir: string;
  owner: string;
  group: string;
  mode: string;
  overwrite: boolean;
}

/** A command that was run, or a file that was sent, to some instances. It keeps all of it: the command may be gone. */
export interface InvocationRow {
  id: string;
  accountId: string;
  regionId: string;
  kind: 'command' | 'file';
  /** Blank for files. */
  commandId: string;
  name: string;
  description: string;
  /** Base64, parameters filled in but for the built-in ones. */
  content: string;
  /** JSON of a CommandSpec or a FileSpec. */
  spec: string;
  timeoutS: number;
  status: InvocationStatus;
  /** By the older words. */
  recordStatus: string;
  resourceGroupId: string;
  createdAt: number;
}

/** What came of an invocation on one instance. */
export interface RunRow {
  /** `<invocation>/<instance>`. */
  id: string;
  accountId: string;
  regionId: string;
  invokeId: string;
  instanceId: string;
  status: RunStatus;
  /** 1 from before it is begun in the guest: it is never begun twice. */
  isSent: Flag;
  /** In the guest, once it began. */
  pid: number | null;
  exitCode: number | null;
  /** Base64. */
  output: string;
  /** Bytes of the output that were not kept. */
  dropped: number;
  fault: RunFault | null;
  createdAt: number;
  updatedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  stoppedAt: number | null;
}

interface Filter {
  accountId: string;
  regionId: string;
  instanceId?: string | undefined;
  resourceGroupId?: string | undefined;
  tagged?: ReturnType<typeof idsWithTags> | null;
}

/** What a row must match; absent ones match anything. */
export interface InvocationFilter extends Filter {
  kind: InvocationRow['kind'];
  id?: string | undefined;
  commandId?: string | undefined;
  name?: string | undefined;
  /** In newer or older words. */
  status?: string | undefined;
}

export interface RunFilter extends Filter {
  invokeId?: string | undefined;
  commandId?: string | undefined;
  statuses?: readonly RunStatus[] | undefined;
}

export async function findInvocation(
  db: Db,
  { accountId, regionId }: Pick<InvocationRow, 'accountId' | 'regionId'>,
  id: string,
): Promise<InvocationRow | undefined> {
  return db
    .selectFrom('invocations')
    .selectAll()
    .where('id', '=', id)
    .where('accountId', '=', accountId)
    .where('regionId', '=', regionId)
    .executeTakeFirst();
}

export async function listInvocations(
  db: Db,
  filter: InvocationFilter,
  window: ListWindow,
): Promise<{ rows: InvocationRow[]; total: number }> {
  const { status, instanceId } = filter;
  let query = db
    .selectFrom('invocations')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .where('kind', '=', filter.kind)
    .$if(filter.id !== undefined, (q) => q.where('id', '=', filter.id!))
    .$if(filter.commandId !== undefined, (q) => q.where('commandId', '=', filter.commandId!))
    .$if(filter.name !== undefined, (q) => q.where('name', '=', filter.name!))
    .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!))
    .$if(status !== undefined, (q) =>
      q.where((eb) => eb.or([eb('status', '=', status as InvocationStatus), eb('recordStatus', '=', status!)])),
    )
    .$if(instanceId !== undefined, (q) =>
      q.where('id', 'in', (eb) => eb.selectFrom('runs').select('invokeId').where('instanceId', '=', instanceId!)),
    );
  if (filter.tagged) query = query.where('id', 'in', filter.tagged);
  return inWindow(query, window);
}

/** Of commands alone. */
export async function listRuns(
  db: Db,
  filter: RunFilter,
  window: ListWindow,
): Promise<{ rows: RunRow[]; total: number }> {
  const query = db
    .selectFrom('runs')
    .where('accountId', '=', filter.accountId)
    .where('regionId', '=', filter.regionId)
    .$if(filter.instanceId !== undefined, (q) => q.where('instanceId', '=', filter.instanceId!))
    .$if(filter.invokeId !== undefined, (q) => q.where('invokeId', '=', filter.invokeId!))
    .$if(filter.statuses !== undefined, (q) => q.where('status', 'in', filter.statuses!))
    .where('invokeId', 'in', (eb) => {
      const of = eb
        .selectFrom('invocations')
        .select('id')
        .where('accountId', '=', filter.accountId)
        .where('kind', '=', 'command')
        .$if(filter.commandId !== undefined, (q) => q.where('commandId', '=', filter.commandId!))
        .$if(filter.resourceGroupId !== undefined, (q) => q.where('resourceGroupId', '=', filter.resourceGroupId!));
      return filter.tagged ? of.where('id', 'in', filter.tagged) : of;
    });
  return inWindow(query, window);
}

/** The runs of each invocation, in the order of their instances' ids. */
export async function runsOf(db: Db, invokeIds: readonly string[]): Promise<Map<string, RunRow[]>> {
  const runs = new Map<string, RunRow[]>(invokeIds.map((id) => [id, []]));
  if (invokeIds.length === 0) return runs;
  const rows = await db.selectFrom('runs').selectAll().where('invokeId', 'in', invokeIds).orderBy('id').execute();
  for (const row of rows) runs.get(row.invokeId)?.push(row);
  return runs;
}

export async function invocationsById(db: Db, ids: readonly string[]): Promise<Map<string, InvocationRow>> {
  if (ids.length === 0) return new Map();
  const rows = await db.selectFrom('invocations').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, row]));
}

/** Runs that an account still has under way, in all regions. */
export async function countUnfinished(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom('runs')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('accountId', '=', accountId)
    .where('status', 'in', ['Pending', 'Running', 'Stopping'])
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** What an instance was asked to run so far. */
export async function runFigures(
  db: Db,
  instanceIds: readonly string[],
): Promise<Map<string, { count: number; active: number; lastAt: number }>> {
  if (instanceIds.length === 0) return new Map();
  const rows = await db
    .selectFrom('runs')
    .select(['instanceId', 'status', 'createdAt'])
    .where('instanceId', 'in', instanceIds)
    .execute();
  const figures = new Map<string, { count: number; active: number; lastAt: number }>();
  for (const { instanceId, status, createdAt } of rows) {
    const of = figures.get(instanceId) ?? { count: 0, active: 0, lastAt: 0 };
    of.count += 1;
    if (!isOver(status)) of.active += 1;
    of.lastAt = Math.max(of.lastAt, createdAt);
    figures.set(instanceId, of);
  }
  return figures;
}

export async function insertInvocation(
  db: Db,
  row: Omit<InvocationRow, 'status' | 'recordStatus'>,
  runs: readonly RunRow[],
): Promise<void> {
  const statuses = runs.map(({ status }) => status);
  const status = overallStatus(statuses);
  await db
    .insertInto('invocations')
    .values({ ...row, status, recordStatus: overallRecordStatus(statuses) })
    .execute();
  await db
    .insertInto('runs')
    .values([...runs])
    .execute();
}

export async function findRun(db: Db, id: string): Promise<RunRow | undefined> {
  return db.selectFrom('runs').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Changes a run, and with it the status of the whole. */
export async function updateRun(db: Db, { id, invokeId }: RunRow, change: Partial<RunRow>): Promise<void> {
  await db.updateTable('runs').set(change).where('id', '=', id).execute();
  const runs = await db.selectFrom('runs').select('status').where('invokeId', '=', invokeId).execute();
  const statuses = runs.map(({ status }) => status);
  await db
    .updateTable('invocations')
    .set({ status: overallStatus(statuses), recordStatus: overallRecordStatus(statuses) })
    .where('id', '=', invokeId)
    .execute();
}

/** Forgets an account's that are over and were made before. */
export async function forgetInvocations(db: Db, accountId: string, before: number): Promise<void> {
  const old = await db
    .selectFrom('invocations')
    .select('id')
    .where('accountId', '=', accountId)
    .where('createdAt', '<', before)
    .where('status', 'not in', ['Pending', 'Running', 'Stopping'])
    .execute();
  const ids = old.map(({ id }) => id);
  if (ids.length === 0) return;
  await db.deleteFrom('runs').where('invokeId', 'in', ids).execute();
  await db.deleteFrom('invocations').where('id', 'in', ids).execute();
  await deleteTags(db, 'invocation', ids);
}
