import { forgetInvocations, countUnfinished, insertInvocation } from '../../../records/tables/invocations.ts';
import type { CommandSpec, FileSpec, InvocationRow, RunRow } from '../../../records/tables/invocations.ts';
import { findInstances, type InstanceRow } from '../../../records/tables/instances.ts';
import {
  fillParameters,
  LONGEST_PARAMETER_NAME,
  MOST_GIVEN_PARAMETERS,
  parameterNames,
} from '../../../rules/commands.ts';
import { quotas } from '../../../rules/quotas.ts';
import { DAY_MS } from '../../../rules/times.ts';
import type { Call } from '../../call.ts';
import { oneOf } from '../../oneOf.ts';
import { saveTags, type TagInput } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { checkLength, invalid } from './commandRequest.ts';

/** What InvokeCommand and RunCommand both take. */
export interface InvokeRequest {
  instanceId?: string[];
  username?: string;
  parameters?: Record<string, unknown>;
  terminationMode?: string;
  repeatMode?: string;
  frequency?: string;
  containerId?: string;
  containerName?: string;
  launcher?: string;
  ossOutputDelivery?: string;
  resourceTag?: object[];
  windowsPasswordName?: string;
}

const LONGEST_USERNAME = 255;
/** How long what is over is kept. */
const KEPT_DAYS = 28;

export function refuseUnbuiltInvocation(call: Call, request: InvokeRequest): void {
  const { repeatMode } = request;
  oneOf(call, repeatMode, ['Once', 'Period', 'NextRebootOnly', 'EveryReboot', 'DryRun'], 'InvalidParameter');
  if (repeatMode === 'Period' && request.frequency === undefined) throw call.error('MissingParam.Frequency');
  refuseUnbuilt(call, {
    'A RepeatMode other than Once': repeatMode !== undefined && repeatMode !== 'Once',
    Frequency: request.frequency,
    ContainerId: request.containerId,
    ContainerName: request.containerName,
    Launcher: request.launcher,
    OssOutputDelivery: request.ossOutputDelivery,
    ResourceTag: request.resourceTag,
    WindowsPasswordName: request.windowsPasswordName,
  });
}

/** The caller's instances of the region, each once, all with Linux. */
export async function chooseInstances(
  call: Call,
  regionId: string,
  request: { instanceId?: string[] },
  most: number,
): Promise<InstanceRow[]> {
  const ids = [...new Set(request.instanceId)];
  if (ids.length === 0) throw call.error('MissingParameter', { about: 'InstanceId should not be null' });
  if (ids.length > most) throw call.error('InstanceIds.ExceedLimit');
  const rows = (await findInstances(call.db, call.accountId, ids)).filter((row) => row.regionId === regionId);
  if (rows.length < ids.length) throw call.error('InvalidInstance.NotFound');
  if (rows.some(({ osType }) => osType !== 'linux')) throw call.error('InvalidInstance.NotMatch');
  return rows;
}

export interface Command {
  content: Buffer;
  workingDir: string;
  enableParameter: boolean;
}

/** The content and how it is run, with the parameters that are given in place. */
export function fill(call: Call, command: Command, request: InvokeRequest): { content: Buffer; spec: CommandSpec } {
  const { username = 'root' } = request;
  if (username.length > LONGEST_USERNAME) throw call.error('Username.ExceedLimit');
  if (!/^[A-Za-z_][\w.-]*\$?$/.test(username)) throw invalid(call, 'Username');
  const parameters = given(call, command, request.parameters ?? {});
  const { enableParameter, workingDir } = command;
  const text = command.content.toString('utf8');
  const content = enableParameter ? Buffer.from(fillParameters(text, parameters)) : command.content;
  checkLength(call, content);
  const terminationMode =
    oneOf(call, request.terminationMode, ['Process', 'ProcessTree'], 'InvalidParameter') ?? 'Process';
  return {
    content,
    spec: { type: 'RunShellScript', workingDir, username, terminationMode, enableParameter, parameters },
  };
}

function given(call: Call, { content, enableParameter }: Command, sent: object): Record<string, string> {
  const parameters = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, String(value)]));
  const names = Object.keys(parameters);
  if (names.length === 0) return parameters;
  if (!enableParameter) throw call.error('Parameter.Disabled');
  if (names.length > MOST_GIVEN_PARAMETERS) throw call.error('ParameterCount.ExceedLimit');
  if (names.some((name) => name.length > LONGEST_PARAMETER_NAME)) throw call.error('ParameterKey.ExceedLimit');
  const lower = names.map((name) => name.toLowerCase());
  if (new Set(lower).size < lower.length) throw call.error('ParameterKey.Duplicate');
  const defined = new Set(parameterNames(content.toString('utf8')).map((name) => name.toLowerCase()));
  if (lower.some((name) => !defined.has(name))) throw call.error('Parameter.NotMatched');
  return parameters;
}

interface Invocation extends Pick<
  InvocationRow,
  'commandId' | 'name' | 'description' | 'timeoutS' | 'resourceGroupId'
> {
  kind: InvocationRow['kind'];
  content: Buffer;
  spec: CommandSpec | FileSpec;
}

/** Writes down what is to be done on each instance and has it done. Answers the invocation's id. */
export async function invoke(
  call: Call,
  regionId: string,
  instances: readonly InstanceRow[],
  { content, spec, ...invocation }: Invocation,
  tags: readonly TagInput[] | undefined,
): Promise<string> {
  const { idInfix } = call.region(regionId);
  const now = call.clock.now();
  const owner = { accountId: call.accountId, regionId };
  await forgetInvocations(call.db, call.accountId, now - KEPT_DAYS * DAY_MS);
  const id = call.ids.resource(invocation.kind === 'file' ? 'f' : 't', idInfix);
  const room = quotas.unfinishedRuns - (await countUnfinished(call.db, call.accountId));
  const runs = instances.map((instance, at): RunRow => {
    const isOver = at >= room;
    return {
      ...owner,
      id: `${id}/${instance.id}`,
      invokeId: id,
      instanceId: instance.id,
      status: isOver ? 'Aborted' : 'Pending',
      isSent: 0,
      pid: null,
      exitCode: null,
      output: '',
      dropped: 0,
      fault: isOver ? 'TaskConcurrencyLimit' : null,
      createdAt: now,
      updatedAt: now,
      startedAt: null,
      finishedAt: isOver ? now : null,
      stoppedAt: null,
    };
  });
  const texts = { content: content.toString('base64'), spec: JSON.stringify(spec) };
  await insertInvocation(call.db, { ...owner, ...invocation, ...texts, id, createdAt: now }, runs);
  await saveTags(call, { resourceType: 'invocation', resourceId: id, regionId }, tags);
  for (const run of runs) {
    if (run.status === 'Pending')
      await call.enqueue('runInvocation', { runId: run.id }, { regionId, resourceId: run.id });
  }
  return id;
}
