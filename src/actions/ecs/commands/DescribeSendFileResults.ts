import {
  listInvocations,
  runsOf,
  type FileSpec,
  type InvocationRow,
  type RunRow,
} from '../../../records/tables/invocations.ts';
import { secondsTime } from '../../../rules/times.ts';
import { action } from '../../action.ts';
import { listAnswer, listWindow } from '../../listWindow.ts';
import { tagFilter, tagsOf } from '../../tags.ts';
import { encoded, finishTime, MOST_LISTED, runTimes } from './shown.ts';

export const DescribeSendFileResults = action(
  'Ecs',
  'DescribeSendFileResults',
  { access: 'read' },
  async (request, call) => {
    const { regionId } = call.region(request.regionId);
    const window = listWindow(call, request, MOST_LISTED);
    const filter = {
      accountId: call.accountId,
      regionId,
      kind: 'file' as const,
      id: request.invokeId,
      name: request.name,
      status: request.invocationStatus,
      instanceId: request.instanceId,
      resourceGroupId: request.resourceGroupId,
      tagged: tagFilter(call, { resourceType: 'invocation', regionId }, request.tag),
    };
    const { rows, counts } = listAnswer(window, await listInvocations(call.db, filter, window));
    const ids = rows.map(({ id }) => id);
    const runs = await runsOf(call.db, ids);
    const tags = await tagsOf(call.db, 'invocation', ids);
    return {
      ...counts,
      invocations: {
        invocation: rows.map((row) => ({
          ...fileItem(row),
          vmCount: runs.get(row.id)!.length,
          invokeInstances: { invokeInstance: runs.get(row.id)!.map(runItem) },
          tags: { tag: tags.get(row.id) ?? [] },
        })),
      },
    };
  },
);

function fileItem(row: InvocationRow) {
  const spec = JSON.parse(row.spec) as FileSpec;
  return {
    invokeId: row.id,
    name: row.name,
    description: row.description,
    content: encoded(row.content, spec.contentType),
    contentType: spec.contentType,
    targetDir: spec.targetDir,
    fileOwner: spec.owner,
    fileGroup: spec.group,
    fileMode: spec.mode,
    overwrite: String(spec.overwrite),
    invocationStatus: row.status,
    creationTime: secondsTime(row.createdAt),
  };
}

const runItem = (run: RunRow) => ({
  ...runTimes(run),
  instanceId: run.instanceId,
  invocationStatus: run.status,
  creationTime: secondsTime(run.createdAt),
  finishTime: finishTime(run),
  updateTime: secondsTime(run.updatedAt),
});
