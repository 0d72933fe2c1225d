import { setTimeout as delay } from 'node:timers/promises';
import { assert } from '../../base/assert.ts';
import { WorldFault } from '../../base/worldFault.ts';
import type { Exit } from '../../machines/agent/agents.ts';
import { REFUSED, shell } from '../../machines/agent/scripts.ts';
import type { Db, Tx } from '../../records/database.ts';
import {
  findRun,
  updateRun,
  type CommandSpec,
  type FileSpec,
  type InvocationRow,
  type RunRow,
} from '../../records/tables/invocations.ts';
import type { InstanceRow } from '../../records/tables/instances.ts';
import { fillBuiltIns, isOver, MOST_OUTPUT_BYTES, type RunFault, type RunStatus } from '../../rules/commands.ts';
import type { Job, JobContext } from '../job.ts';
import type { JobInputs } from '../kinds.ts';

/** How a run ended. */
type Outcome = { status: RunStatus; fault: RunFault | null } & Partial<Pick<RunRow, 'exitCode' | 'output' | 'dropped'>>;

/** A guest that was just started gets so long for its agent to answer. */
const DELIVERY_MS = 60_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Looks at a run that was ended before it is given up. */
const LAST_LOOKS = 10;

export const runInvocation: Job<JobInputs['runInvocation']> = {
  weight: 'guest',
  // It holds up nothing else of its instance: what ends the instance ends it.
  resources: ({ runId }) => [runId],
  async run({ runId }, context) {
    const run = await findRun(context.database.read, runId);
    if (!run || isOver(run.status)) return async () => {};
    const outcome = await follow(run, context);
    return (tx) => finish(tx, run, outcome, context);
  },
  async fail({ runId }, context, tx) {
    const run = await findRun(tx, runId);
    if (run && !isOver(run.status)) await finish(tx, run, failed('Error', 'ExecutionException'), context);
  },
};

const failed = (status: RunStatus, fault: RunFault): Outcome => ({ status, fault });

async function finish(tx: Tx, run: RunRow, outcome: Outcome, { clock }: JobContext): Promise<void> {
  const now = clock.now();
  const isStopped = outcome.status === 'Terminated' || outcome.status === 'Cancelled';
  await updateRun(tx, run, { ...outcome, finishedAt: now, updatedAt: now, ...(isStopped && { stoppedAt: now }) });
}

async function follow(run: RunRow, context: JobContext): Promise<Outcome> {
  const invocation = await context.database.read
    .selectFrom('invocations')
    .selectAll()
    .where('id', '=', run.invokeId)
    .executeTakeFirst();
  assert(invocation, 'a run has its invocation');
  // Begun by a service that ended before it noted the process: what became of it can't be known, and it is not begun twice.
  if (run.isSent && run.pid === null) return failed('Error', 'ExecutionInterrupted');
  const { begun, outcome } = run.pid === null ? await begin(run, invocation, context) : { begun: run };
  return outcome ?? watch(begun, invocation, context);
}

async function* pauses(signal: AbortSignal): AsyncGenerator<void> {
  for (let ms = FIRST_PAUSE_MS; ; ms = Math.min(LONGEST_PAUSE_MS, ms * 1.5)) {
    yield;
    await delay(ms, undefined, { signal });
  }
}

type Begun = { begun: RunRow; outcome?: never } | { begun?: never; outcome: Outcome };

/** Begins it in the guest, once its agent answers. */
async function begin(run: RunRow, invocation: InvocationRow, context: JobContext): Promise<Begun> {
  const { database, agents, machines, clock, signal } = context;
  const not = (outcome: Outcome): Begun => ({ outcome });
  for await (const _ of pauses(signal)) {
    if (await isToStop(run, database.read)) return not({ status: 'Cancelled', fault: null });
    const instance = await database.read
      .selectFrom('instances')
      .selectAll()
      .where('id', '=', run.instanceId)
      .executeTakeFirst();
    if (!instance) return not(failed('Aborted', 'InstanceReleased'));
    if (instance.status !== 'Running') return not(failed('Aborted', 'InstanceNotRunning'));
    if (!(await machines.isRunning(instance.id))) return not(failed('Aborted', 'ClientNotRunning'));
    if ((await agents.version(instance.id)) !== null) {
      await database.write((tx) => updateRun(tx, run, { isSent: 1, updatedAt: clock.now() }));
      try {
        const pid = await agents.start(instance.id, programOf(run, invocation, instance));
        return { begun: await noteBegun(run, pid, context) };
      } catch (error) {
        return not(failed('Error', faultOf(error)));
      }
    }
    if (clock.now() >= run.createdAt + DELIVERY_MS) return not(failed('Aborted', 'ClientNotRunning'));
  }
  throw new Error('unreachable');
}

function noteBegun(run: RunRow, pid: number, { database, clock }: JobContext): Promise<RunRow> {
  const now = clock.now();
  return database.write(async (tx) => {
    const isToEnd = await isToStop(run, tx);
    const change = { pid, startedAt: now, updatedAt: now, status: isToEnd ? 'Stopping' : 'Running' } as const;
    await updateRun(tx, run, change);
    return { ...run, ...change };
  });
}

/** Somebody asked for its end. */
const isToStop = async ({ id }: RunRow, db: Db): Promise<boolean> => (await findRun(db, id))?.status === 'Stopping';

function faultOf(error: unknown): RunFault {
  if (!(error instanceof WorldFault)) throw error;
  return error.code === 'AgentSilent' ? 'ClientNotResponse' : 'ExecutionException';
}

/** Nobody else's: the invocation's id is random. */
const folderOf = ({ invokeId }: RunRow): string => `/tmp/tongjing-${invokeId}`;

function programOf(run: RunRow, invocation: InvocationRow, instance: InstanceRow) {
  const content = Buffer.from(invocation.content, 'base64');
  if (invocation.kind === 'file') {
    const { targetDir, owner, group, mode, overwrite } = JSON.parse(invocation.spec) as FileSpec;
    return shell('sendFile', [targetDir, invocation.name, owner, group, mode, String(overwrite)], content);
  }
  const { enableParameter, username, workingDir } = JSON.parse(invocation.spec) as CommandSpec;
  const text = content.toString('utf8');
  const filled = fillBuiltIns(text, {
    RegionId: instance.regionId,
    AccountId: instance.accountId,
    InstanceId: instance.id,
    InstanceName: instance.name,
    InvokeId: invocation.id,
    CommandId: invocation.commandId,
  });
  const script = enableParameter ? Buffer.from(filled) : content;
  return shell('run', [folderOf(run), username, workingDir, String(MOST_OUTPUT_BYTES)], script);
}

/** Waits for its end, and ends it when its time is over or somebody stops it. */
async function watch(
  run: RunRow,
  invocation: InvocationRow,
  { database, agents, machines, clock, signal }: JobContext,
): Promise<Outcome> {
  const deadline = run.startedAt! + invocation.timeoutS * 1000;
  let ending: 'Terminated' | 'Timeout' | null = null;
  let lastLooks = LAST_LOOKS;
  for await (const _ of pauses(signal)) {
    try {
      const exit = await agents.exitOf(run.instanceId, run.pid!);
      if (exit) return outcomeOf(exit, invocation, ending);
    } catch (error) {
      // A guest that is busy may answer later; one that does not know the process any more never tells how it ended.
      if (faultOf(error) !== 'ClientNotResponse') return failed('Error', 'ExecutionInterrupted');
    }
    if (!(await machines.isRunning(run.instanceId))) return failed('Error', 'ExecutionInterrupted');
    if (await isToStop(run, database.read)) ending = 'Terminated';
    else if (clock.now() >= deadline) ending = 'Timeout';
    if (ending === null) continue;
    if (lastLooks-- === 0) return ended(ending);
    await end(run, invocation, agents);
  }
  throw new Error('unreachable');
}

async function end(run: RunRow, invocation: InvocationRow, agents: JobContext['agents']): Promise<void> {
  if (invocation.kind === 'file') return;
  const { terminationMode } = JSON.parse(invocation.spec) as CommandSpec;
  try {
    await agents.start(run.instanceId, shell('end', [folderOf(run), terminationMode]));
  } catch (error) {
    // It is tried again after the next look.
    if (!(error instanceof WorldFault)) throw error;
  }
}

const ended = (how: 'Terminated' | 'Timeout'): Outcome => ({
  status: how,
  fault: how === 'Timeout' ? 'ExecutionTimeout' : null,
});

const REFUSALS: Readonly<Record<string, RunFault>> = {
  user: 'AccountNotExists',
  group: 'AccountNotExists',
  directory: 'DirectoryNotExists',
  exists: 'FileAlreadyExists',
  write: 'FileCreateFail',
};

function outcomeOf(exit: Exit, invocation: InvocationRow, ending: 'Terminated' | 'Timeout' | null): Outcome {
  const words = exit.words.trim();
  const refusal = exit.code === REFUSED && Object.hasOwn(REFUSALS, words) ? REFUSALS[words]! : null;
  if (refusal) return failed(invocation.kind === 'file' ? 'Failed' : 'Error', refusal);
  if (invocation.kind === 'file') {
    if (exit.code === 0) return { status: 'Success', fault: null };
    return ending ? ended(ending) : failed('Failed', 'FileCreateFail');
  }
  const output = exit.output.subarray(0, MOST_OUTPUT_BYTES);
  const length = /^\d{1,15}$/.test(words) ? Number(words) : output.length;
  const told = { output: output.toString('base64'), dropped: Math.max(0, length - output.length) };
  if (ending) return { ...ended(ending), ...told };
  const isGood = exit.code === 0;
  return {
    status: isGood ? 'Success' : 'Failed',
    fault: isGood ? null : 'ExitCodeNonzero',
    exitCode: exit.code,
    ...told,
  };
}
