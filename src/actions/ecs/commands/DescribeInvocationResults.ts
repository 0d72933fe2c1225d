import { invocationsById, listRuns, type CommandSpec } from '../../../records/tables/invocations.ts';
import { recordStatus, RUN_STATUSES } from '../../../rules/commands.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf } from '../../tags.ts';
import { refuseUnbuilt } from '../../unbuilt.ts';
import { encodingOf } from './commandRequest.ts';
import { encoded, finishTime, MOST_LISTED, runTimes } from './shown.ts';

export const DescribeInvocationResults = action(
  'Ecs',
  'DescribeInvocationResults',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    refuseUnbuilt(call, { IncludeHistory: request.includeHistory });
    const window = listWindow(call, request, MOST_LISTED);
    const wanted = request.invokeRecordStatus;
    const found = await listRuns(
      call.db,
      {
        accountId: call.accountId,
        regionId,
        invokeId: request.invokeId,
        instanceId: request.instanceId,
        commandId: request.commandId,
        statuses:
          wanted === undefined
            ? undefined
            : RUN_STATUSES.filter((status) => status === wanted || recordStatus(status) === wanted),
        resourceGroupId: request.resourceGroupId,
        tagged: tagFilter(call, { resourceType: 'invocation', regionId }, request.tag),
      },
      window,
    );
    const { rows, counts } = listAnswer(window, found);
    const ids = [...new Set(rows.map(({ invokeId }) => invokeId))];
    const invocations = await invocationsById(call.db, ids);
    const tags = await tagsOf(call.db, 'invocation', ids);
    const encoding = encodingOf(request.contentEncoding, 'Base64');
    return {
      invocation: {
        ...counts,
        invocationResults: {
          invocationResult: rows.map((run) => {
            const { commandId, spec } = invocations.get(run.invokeId)!;
            const { username, terminationMode } = JSON.parse(spec) as CommandSpec;
            return {
              ...runTimes(run),
              invokeId: run.invokeId,
              commandId,
              instanceId: run.instanceId,
              username,
              terminationMode,
              invocationStatus: run.status,
              invokeRecordStatus: recordStatus(run.status),
              exitCode: run.exitCode ?? 0,
              output: encoded(run.output, encoding),
              dropped: run.dropped,
              repeats: run.pid === null ? 0 : 1,
              finishedTime: finishTime(run),
              containerId: '',
              containerName: '',
              launcher: '',
              tags: { tag: tags.get(run.invokeId) ?? [] },
            };
          }),
        },
      },
    };
  },
);
