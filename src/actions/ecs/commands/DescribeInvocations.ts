import {
  listInvocations,
  runsOf,
  type CommandSpec,
  type InvocationRow,
  type RunRow,
} from '../../../records/tables/invocations.ts';
import { recordStatus } from '../../../rules/commands.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf } from '../../tags.ts';
import { encodingOf } from './commandRequest.ts';
import { encoded, finishTime, MOST_LISTED, runTimes } from './shown.ts';

type Encoding = 'PlainText' | 'Base64';

export const DescribeInvocations = action('Ecs', 'DescribeInvocations', { access: 'read' }, async (request, call) => {
  const { regionId } = call.region(request.regionId);
  const window = listWindow(call, request, MOST_LISTED);
  const { instanceId } = request;
  const filter = {
    accountId: call.accountId,
    regionId,
    kind: 'command' as const,
    id: request.invokeId,
    commandId: request.commandId,
    // These two have no effect where an instance is named.
    name: instanceId === undefined ? request.commandName : undefined,
    status: request.invokeStatus,
    instanceId,
    resourceGroupId: request.resourceGroupId,
    tagged: tagFilter(call, { resourceType: 'invocation', regionId }, request.tag),
  };
  const asksForNone =
    request.timed === true ||
    (request.commandType ?? 'RunShellScript') !== 'RunShellScript' ||
    (instanceId === undefined && (request.repeatMode ?? 'Once') !== 'Once');
  const found = asksForNone ? { rows: [], total: 0 } : await listInvocations(call.db, filter, window);
  const { rows, counts } = listAnswer(window, found);
  const ids = rows.map(({ id }) => id);
  const runs = await runsOf(call.db, ids);
  const tags = await tagsOf(call.db, 'invocation', ids);
  const encoding = encodingOf(request.contentEncoding, 'Base64');
  const output = request.includeOutput ? encoding : null;
  return {
    ...counts,
    invocations: {
      invocation: rows.map((row) => ({
        ...invocationItem(row, encoding),
        invokeInstances: {
          invokeInstance: (runs.get(row.id) ?? [])
            .filter((run) => instanceId === undefined || run.instanceId === instanceId)
            .map((run) => runItem(run, output)),
        },
        tags: { tag: tags.get(row.id) ?? [] },
      })),
    },
  };
});

function invocationItem(row: InvocationRow, encoding: Encoding) {
  const spec = JSON.parse(row.spec) as CommandSpec;
  return {
    invokeId: row.id,
    commandId: row.commandId,
    commandName: row.name,
    commandDescription: row.description,
    commandType: spec.type,
    commandContent: encoded(row.content, encoding),
    workingDir: spec.workingDir,
    username: spec.username,
    timeout: row.timeoutS,
    terminationMode: spec.terminationMode,
    parameters: JSON.stringify(spec.parameters),
    repeatMode: 'Once',
    timed: false,
    frequency: '',
    containerId: '',
    containerName: '',
    launcher: '',
    invocationStatus: row.status,
    invokeStatus: row.recordStatus,
    creationTime: secondsTime(row.createdAt),
  };
}

function runItem(run: RunRow, output: Encoding | null) {
  return {
    ...runTimes(run),
    instanceId: run.instanceId,
    invocationStatus: run.status,
    instanceInvokeStatus: recordStatus(run.status),
    exitCode: run.exitCode ?? 0,
    ...(output && { output: encoded(run.output, output) }),
    dropped: run.dropped,
    repeats: run.pid === null ? 0 : 1,
    timed: false,
    creationTime: secondsTime(run.createdAt),
    finishTime: finishTime(run),
    updateTime: secondsTime(run.updatedAt),
  };
}
